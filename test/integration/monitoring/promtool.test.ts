import { describe, expect, it } from '@jest/globals';
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import { z } from 'zod';
import { alertNames } from '../../../monitoring/source/alerts.js';
import { afterFile, temporaryFolder } from '../../support/opened.js';
import { filesBelow, read, repository } from '../../support/shipped-expressions.js';

const run = promisify(execFile);

/** Runs Prometheus' own checker; rejects with what it printed if it finds fault. */
async function promtool(...parameters: string[]): Promise<string> {
  const { stdout, stderr } = await run('promtool', parameters, { cwd: repository, maxBuffer: 16 * 1024 * 1024 });
  return stdout + stderr;
}

const ruleFiles = filesBelow('monitoring/rules', '.yml');
const testFiles = filesBelow('monitoring/tests', '.yml');
const testFileSchema = z.object({
  tests: z.array(
    z.object({
      name: z.string(),
      alert_rule_test: z.array(z.object({ alertname: z.string(), exp_alerts: z.array(z.unknown()) })).default([]),
    }),
  ),
});

describe('promtool', () => {
  const folder = temporaryFolder(afterFile);

  it('accepts prometheus.yml and the rules that it names', async () => {
    const output = await promtool('check', 'config', '--lint-fatal', 'prometheus.yml');
    expect(output).toContain(`${ruleFiles.length} rule files found`);
  });

  it('accepts prometheus.yml with the targets of docker-compose.yml', async () => {
    for (const name of ['ticket-enhancer', 'alertmanager']) {
      const output = await promtool('check', 'service-discovery', ...(await composeConfig(folder, name)));
      expect(output).toContain(name === 'alertmanager' ? 'alertmanager:9093' : 'ticket-enhancer:8000');
    }
  });

  it('accepts the configuration and the rules of k8s/prometheus-config.yaml, which finds our pods and no others', async () => {
    const { data } = z
      .object({ data: z.record(z.string(), z.string()) })
      .parse(parse(read('k8s/prometheus-config.yaml')));
    const { 'prometheus.yml': config, ...rules } = data;
    for (const [name, text] of Object.entries(rules)) await writeFile(join(folder, name), text);
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, withPods(config ?? '', folder));
    expect(await promtool('check', 'config', '--lint-fatal', file)).toContain('2 rule files found');

    const found = discoverySchema.parse(
      JSON.parse(await promtool('check', 'service-discovery', '--timeout=1s', file, 'ticket-enhancer')),
    );
    const kept = found.map(({ labels }) => labels).filter((labels) => Object.keys(labels).length > 0);
    expect(kept.map(({ instance, namespace, job }) => [instance, namespace, job])).toEqual([
      ['ours', 'production', 'ticket-enhancer'],
    ]);
  });

  it('accepts the rules of the PrometheusRule', async () => {
    const { spec } = z
      .object({ spec: z.object({ groups: z.array(z.unknown()) }) })
      .parse(parse(read('k8s/components/prometheus-operator/prometheus-rule.yaml')));
    const file = join(folder, 'operator.yml');
    await writeFile(file, stringify({ groups: spec.groups }));
    expect(await promtool('check', 'rules', '--lint-fatal', file)).toContain('SUCCESS');
  });

  it.concurrent.each(testFiles)(
    '%s passes',
    async (file) => {
      expect(await promtool('test', 'rules', file)).toContain('SUCCESS');
    },
    120_000,
  );
});

const discoverySchema = z.array(z.object({ labels: z.record(z.string(), z.string()) }));

/**
 * The configuration with pods as Kubernetes would describe them: Debian's Prometheus is built without Kubernetes, but
 * what is done with the pods' labels can be tried. The ConfigMap is mounted at /etc/prometheus; here it lies elsewhere.
 */
function withPods(config: string, folder: string): string {
  const schema = z.looseObject({ scrape_configs: z.tuple([z.looseObject({ kubernetes_sd_configs: z.unknown() })]) });
  const pod = (name: string, app: string, port: string, phase: string) => ({
    targets: [`${name}:8000`],
    labels: {
      __meta_kubernetes_pod_name: name,
      __meta_kubernetes_namespace: 'production',
      __meta_kubernetes_pod_label_app_kubernetes_io_name: app,
      __meta_kubernetes_pod_container_port_name: port,
      __meta_kubernetes_pod_phase: phase,
    },
  });
  const { scrape_configs, ...rest } = schema.parse(parse(config.replaceAll('/etc/prometheus', folder)));
  const { kubernetes_sd_configs: _, ...job } = scrape_configs[0];
  const static_configs = [
    pod('ours', 'ticket-enhancer', 'metrics', 'Running'),
    pod('other-port', 'ticket-enhancer', 'http', 'Running'),
    pod('ended', 'ticket-enhancer', 'metrics', 'Succeeded'),
    pod('stranger', 'something-else', 'metrics', 'Running'),
  ];
  return stringify({ ...rest, scrape_configs: [{ ...job, static_configs }] });
}

/** The repository's configuration with the one job's targets as docker-compose mounts them. */
async function composeConfig(folder: string, targets: string): Promise<string[]> {
  const file = join(folder, `compose-${targets}.yml`);
  const files = [join(repository, `monitoring/compose/targets/${targets}.yml`)];
  await writeFile(file, stringify({ scrape_configs: [{ job_name: targets, file_sd_configs: [{ files }] }] }));
  return [file, targets, '--timeout=1s'];
}

describe('the tests of the alerts', () => {
  const cases = testFiles.flatMap((file) =>
    testFileSchema
      .parse(parse(read(file)))
      .tests.flatMap(({ name, alert_rule_test }) =>
        alert_rule_test.map(({ alertname, exp_alerts }) => ({ name, alertname, fires: exp_alerts.length > 0 })),
      ),
  );

  it.each(alertNames)('%s is tested firing, not firing, and with absent data', (alert) => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    const titled = (part: RegExp) => own.filter(({ name }) => part.test(name) && name.includes(alert));
    expect(titled(/fires?:/).some(({ fires }) => fires)).toBe(true);
    expect(titled(/stays? silent:/).some(({ fires }) => !fires)).toBe(true);
    expect(titled(/absent data/).length).toBeGreaterThan(0);
  });

  it('are about alerts that exist', () => {
    expect(cases.filter(({ alertname }) => !alertNames.includes(alertname))).toEqual([]);
  });
});
