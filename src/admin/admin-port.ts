import type { Config } from '../config/config.js';
import type { Logger } from '../logging/logger.js';
import type { Primary } from '../primary/primary.js';
import type { StopStep } from '../shutdown.js';
import type { AdminDependencies } from './admin-app.js';
import { listen } from './listen.js';
import { createMetricsPort } from './metrics-port.js';
import { createQueuePage } from './queue-page.js';
import { loadAssets } from './status/assets.js';
import { createEventStream } from './status/events.js';

export interface AdminPortOptions extends Pick<AdminDependencies, 'readTicket' | 'openApi'> {
  readonly config: Config;
  readonly primary: Pick<Primary, 'scrape' | 'readiness' | 'status' | 'queue'>;
  readonly log: Logger;
}

/**
 * Opens the server on METRICS_PORT.
 *
 * @returns the steps that close it, in order
 * @throws {PortError}
 */
export async function openAdminPort(options: AdminPortOptions): Promise<readonly StopStep[]> {
  const { config, primary, log } = options;
  const events = createEventStream(primary.status, {
    onFailing: (error) => log.warn({ err: error }, 'the status cannot be read; open pages show the previous one'),
  });
  const { adminToken } = config;
  const answer = createMetricsPort({
    metrics: primary.scrape,
    metricsBearerToken: config.metricsBearerToken,
    // METRICS_HOST may be a name, under which the command line calls this port.
    publicHosts: [...(config.publicHosts ?? []), config.metricsHost],
    readiness: primary.readiness,
    status: primary.status,
    events,
    assets: loadAssets(),
    readTicket: options.readTicket,
    queuePage:
      adminToken === undefined ? undefined : { token: adminToken, handle: createQueuePage(primary.queue, log) },
    openApi: options.openApi,
    log,
  });
  const server = await listen(config.metricsHost, config.metricsPort, answer);
  return [
    { name: 'status events', run: () => events.close() },
    { name: 'metrics port', run: () => server.drain(0) },
  ];
}
