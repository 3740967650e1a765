import { setTimeout as sleep } from 'node:timers/promises';
import { createImportPlaces, createTicketHistory, type ImportPlaces, proxyRule } from '../../connectors/index.js';
import { EnhancementError } from '../../enhancement/index.js';
import { type ImportCounts, importHistory } from '../../history-import/index.js';
import { presentable } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { CliError } from '../cli-error.js';
import { findTenant, readConfig, readTenants } from '../configuration.js';
import { formatAge, formatNumber } from '../quantities.js';
import { withQueue } from '../redis-access.js';
import { printable } from '../text-table.js';
import type { Progress, Terminal } from '../terminal.js';
import { type ImportReport, importDocument, importLines } from './import-report.js';

export interface ImportOptions {
  readonly tenant: string;
  readonly since?: Date;
  readonly limit?: number;
  readonly dryRun?: true;
  readonly json?: true;
}

/** Default of --since: how far back an import reads. Milliseconds. */
const defaultSpanMs = 365 * 24 * 3600 * 1000;

export async function importFromDesk(options: ImportOptions, terminal: Terminal): Promise<void> {
  const { json, dryRun = false } = options;
  const config = readConfig();
  const tenant = findTenant(readTenants(config), options.tenant);
  const { desk } = tenant;
  const { resolved } = desk;
  if (resolved === undefined) {
    throw new CliError(
      'NO_RESOLVED_TICKETS',
      'failed',
      `The desk of ${tenant.id} is ${desk.type}, which keeps no resolved tickets. Send them to /webhook/servicedesk/resolved-ticket, or put them into a file that \`history\` of the tenant names.`,
    );
  }
  if (!tenant.active) {
    throw new CliError('TENANT_INACTIVE', 'failed', `${tenant.id} is not active. Set \`active: true\` first.`);
  }
  const stop = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => stop.abort(interrupted(signal));
  for (const signal of signals) process.once(signal, onSignal);
  const progress = terminal.progress(`reading resolved tickets from the ${desk.type} desk of ${tenant.id}`);
  try {
    await withQueue(config, async (queue) => {
      const redis = await queue.use(async (access) => access.redis);
      const places = createImportPlaces(redis);
      const { since, cursor } = await beginning(options.since, tenant, places, progress);
      const history = createTicketHistory(redis);
      const pause = async (ms: number, signal: AbortSignal): Promise<void> => {
        progress.update(`waiting ${formatAge(ms)} before the next request`);
        await sleep(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
      };
      const tools = { tenantId: tenant.id, redis, proxyFor: proxyRule(config), pause };
      const result = await importHistory(
        {
          tickets: resolved(tools),
          since,
          cursor,
          limit: options.limit ?? Number.POSITIVE_INFINITY,
          take: (ticket) => history.take(tenant.id, ticket, dryRun),
          reached: async (next) => {
            if (dryRun) return;
            const place =
              next === undefined ? undefined : { desk: desk.type, since: since.toISOString(), cursor: next };
            await places.write(tenant.id, place);
          },
          pause,
          progress: (counts) => progress.update(progressLine(counts)),
        },
        stop.signal,
      );
      progress.end();
      show({ tenantId: tenant.id, since, dryRun, result }, json === true, terminal);
    });
  } catch (error) {
    progress.end();
    throw stop.signal.aborted ? stop.signal.reason : reported(error, dryRun);
  } finally {
    for (const signal of signals) process.off(signal, onSignal);
  }
}

const signals = ['SIGINT', 'SIGTERM'] as const;

function interrupted(signal: NodeJS.Signals): CliError {
  const message = `The import was ended by ${signal}. Imported tickets are kept. Run it again to continue.`;
  return new CliError('INTERRUPTED', 'failed', message);
}

/** With the words of the desk or of Redis. */
function reported(error: unknown, dryRun: boolean): unknown {
  if (!(error instanceof EnhancementError)) return error;
  const { code, message } = error;
  const after = dryRun ? '' : ' What was taken in stays; run it again to go on, or with --since to begin anew.';
  const exit = code === 'STORE_UNAVAILABLE' ? 'unreachable' : 'failed';
  return new CliError(code, exit, printable(presentable(`${message}${after}`)), { cause: error });
}

async function beginning(
  given: Date | undefined,
  { id, desk }: Tenant,
  places: ImportPlaces,
  progress: Progress,
): Promise<{ readonly since: Date; readonly cursor: string | undefined }> {
  if (given !== undefined) return { since: given, cursor: undefined };
  const place = await places.read(id);
  if (place?.desk !== desk.type) return { since: new Date(Date.now() - defaultSpanMs), cursor: undefined };
  progress.update(`going on with the import of tickets since ${place.since}`);
  return { since: new Date(place.since), cursor: place.cursor };
}

function progressLine({ looked_at, added, replaced, left_out }: ImportCounts): string {
  const parts = [`${formatNumber(added)} added`, `${formatNumber(replaced)} replaced`];
  return `${formatNumber(looked_at)} resolved tickets looked at: ${parts.join(', ')}, ${formatNumber(left_out)} left out`;
}

function show(report: ImportReport, json: boolean, terminal: Terminal): void {
  if (json) terminal.printJson(importDocument(report));
  else for (const line of importLines(report, terminal)) terminal.print(line);
}
