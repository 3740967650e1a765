import { resolve } from 'node:path';
import { type StartMessage, tell } from './child-channel.js';
import type { Config } from './config/config.js';
// Not by connectors/index.js, which loads what only workers use.
import { createCitedNotes } from './connectors/cited-notes.js';
import { createTicketHistory } from './connectors/ticket-history.js';
import type { ChildRole } from './ipc/control-protocol.js';
import { presentable } from './logging/describe-error.js';
import type { Logger } from './logging/logger.js';
import { failFastConnection } from './redis/connection.js';
import type { ChildMonitoring } from './telemetry/child-monitoring.js';
import type { Tenants } from './tenants/index.js';
import type { Tracing } from './tracing/tracing.js';

/** A role that serves. */
export interface RunningRole {
  /** Finishes the work in progress, within this time in milliseconds. */
  drain(deadlineMs: number): Promise<void>;
}

export interface RoleOptions extends Pick<StartMessage, 'redisUrl' | 'instance'> {
  readonly config: Config;
  readonly tenants: Tenants;
  readonly monitoring: ChildMonitoring;
  readonly tracing: Tracing | undefined;
  readonly log: Logger;
  /** The role cannot serve any more. */
  readonly fail: (error: Error) => void;
}

/** Starts each role; resolves when it serves. A role loads only its own modules, so that a new child serves sooner. */
export const startRole: Readonly<Record<ChildRole, (options: RoleOptions) => Promise<RunningRole>>> = {
  async http({ redisUrl, instance, config, tenants, monitoring, tracing, log }) {
    const { createHttpChild } = await import('./api/http-child.js');
    const redis = failFastConnection(redisUrl);
    return createHttpChild({
      config,
      redisUrl,
      redis,
      tenants,
      history: createTicketHistory(redis),
      citations: createCitedNotes(redis),
      recorder: monitoring.webhooks,
      tracing,
      instance,
      log,
    });
  },

  async worker({ redisUrl, config, tenants, monitoring, tracing, log, fail }) {
    const { createEnhancementWorker, startContextThread } = await import('./workers/index.js');
    const indexed = tenants.all().filter(({ searchEngine }) => searchEngine === undefined);
    const tenantIds = indexed.map(({ id }) => id);
    const worker = createEnhancementWorker({
      config,
      redisUrl,
      openContext: (events) => startContextThread({ redisUrl, dataDir: resolve(config.dataDir), tenantIds }, events),
      tenants,
      recorder: monitoring.jobs,
      tracing,
      leases: {
        started: ({ jobId, token }) => tell({ type: 'te:job-started', jobId, token }),
        left: (jobId) => tell({ type: 'te:job-left', jobId }),
        ended: (jobId) => tell({ type: 'te:job-ended', jobId }),
      },
      onRedis: (problem) => tell({ type: 'te:redis', problem: problem === undefined ? null : presentable(problem) }),
      onStopped: (error) => fail(new Error('The worker takes no more jobs.', { cause: error })),
      log,
    });
    await worker.start();
    return worker;
  },
};
