import { type Config } from '../../config/config.js';
import { ConfigError } from '../../config/config-error.js';
import { proxyRule } from '../../connectors/index.js';
import { resolveTenants, type Tenants, TenantsError } from '../../tenants/index.js';
import { readTenantsDocument } from '../../tenants/tenants-file.js';
import { type Check, type Finding, failed, ok, runCheck, warning } from '../checks/check.js';
import { contextCheck } from '../checks/check-context.js';
import { modelCheck } from '../checks/model.js';
import { portChecks } from '../checks/listening-ports.js';
import { probesOf } from '../checks/probes.js';
import { redisCheck } from '../checks/redis.js';
import { readConfig, readConfigWarnings } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { pad, printable } from '../text-table.js';
import type { Colour, Terminal } from '../terminal.js';

export interface CheckOptions {
  readonly spend?: boolean;
  readonly json?: boolean;
}

/** For each check that has no deadline of its own. Milliseconds. */
const deadlineMs = 10_000;

type Report = (found: readonly Finding[]) => void;

export async function checkInstallation({ spend = true, json }: CheckOptions, terminal: Terminal): Promise<void> {
  const findings: Finding[] = [];
  const report: Report = (found) => {
    findings.push(...found);
    if (!json) for (const finding of found) terminal.print(line(finding, terminal));
  };
  // Each needs the result of the one before.
  const config = checkConfiguration(report);
  const tenants = config && checkTenants(config, report);
  if (config !== undefined) {
    const checks = tenants === undefined ? withoutTenants(config) : allChecks(config, tenants, spend);
    await runAll(checks, report, terminal);
  }
  if (json) terminal.printJson(document(findings));
  else terminal.print(`\n${conclusion(findings, terminal)}`);
  if (tenants === undefined) process.exitCode = exitCodes.configuration.code;
  else if (findings.some(({ level }) => level === 'failed')) process.exitCode = exitCodes.failed.code;
}

function checkConfiguration(report: Report): Config | undefined {
  try {
    const config = readConfig();
    report([
      ok('configuration', summary(config)),
      ...readConfigWarnings().map((sentence) => warning('configuration', sentence)),
    ]);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    report(error.problems.map((problem) => failed('configuration', problem)));
    return undefined;
  }
}

function summary({ httpProcesses, workerProcesses, httpPort, metricsPort }: Config): string {
  return `${httpProcesses} http and ${workerProcesses} worker children, webhooks on ${httpPort}, metrics on ${metricsPort}`;
}

function checkTenants(config: Config, report: Report): Tenants | undefined {
  const from = config.tenantsFile ?? 'the demo tenants (TENANTS_FILE is not set)';
  let subject = 'tenants file';
  try {
    const document = readTenantsDocument(config.tenantsFile);
    report([ok(subject, `${from}: ${document.tenants.map(({ id }) => id).join(', ')}`)]);
    subject = 'secrets';
    const found: Finding[] = [];
    const tenants = resolveTenants(document, undefined, (sentence) => found.push(warning(subject, sentence)));
    report([ok(subject, 'all found'), ...found]);
    return tenants;
  } catch (error) {
    if (!(error instanceof TenantsError)) throw error;
    report(error.problems.map((problem) => failed(subject, `${subject === 'secrets' ? '' : `${from}: `}${problem}`)));
    return undefined;
  }
}

function withoutTenants(config: Config): Check[] {
  return [redisCheck(config), ...portChecks(config)];
}

function allChecks(config: Config, tenants: Tenants, spend: boolean): Check[] {
  const all = tenants.all();
  const proxyFor = proxyRule(config);
  return [
    ...all.map(contextCheck),
    ...withoutTenants(config),
    ...all.flatMap((tenant) => probesOf(tenant, proxyFor)),
    modelCheck(config, tenants, spend),
  ];
}

/** Runs all checks at once and reports them in order, each as soon as it and those before it have ended. */
async function runAll(checks: readonly Check[], report: Report, terminal: Terminal): Promise<void> {
  const running = checks.map((one) => ({ title: one.title, found: runCheck(one, one.deadlineMs ?? deadlineMs) }));
  for (const { title, found } of running) {
    // Progress is shown for slow checks only, so that it does not flicker.
    let progress: ReturnType<Terminal['progress']> | undefined;
    const late = setTimeout(() => {
      progress = terminal.progress(`checking ${title}`);
    }, progressAfterMs);
    const findings = await found;
    clearTimeout(late);
    progress?.end();
    report(findings);
  }
}

const progressAfterMs = 300;

const marks: Readonly<Record<Finding['level'], Colour>> = { ok: 'green', warning: 'yellow', failed: 'red' };

function line({ subject, level, text }: Finding, { paint }: Terminal): string {
  return `${paint(marks[level], pad(level, 8))} ${pad(subject, 18)} ${printable(text)}`;
}

function conclusion(findings: readonly Finding[], { paint }: Terminal): string {
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  const [bad, doubtful] = [count('failed'), count('warning')];
  const warnings = doubtful === 0 ? '' : `, ${doubtful} ${doubtful === 1 ? 'warning' : 'warnings'}`;
  if (bad === 0) return paint('green', `No problems found${warnings}.`);
  return paint('red', `${bad} ${bad === 1 ? 'problem' : 'problems'} found${warnings}.`);
}

function document(findings: readonly Finding[]) {
  return { ok: findings.every(({ level }) => level !== 'failed'), findings };
}
