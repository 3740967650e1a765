import type { Config } from '../config/config.js';
import type { Logger } from '../logging/logger.js';
import type { WebhookRecorder } from '../telemetry/recorder.js';
import type { RedisClient } from '../redis/connection.js';
import { createLimitWindow } from '../redis/limit-window.js';
import { readyOrUnavailable } from '../redis/reconnection.js';
import { createDeliveryNames } from '../queue/delivery-names.js';
import { createProducer } from '../queue/producer.js';
import type { Tenants } from '../tenants/index.js';
import type { Tracing } from '../tracing/tracing.js';
import { createApp } from './app.js';
import { startHttpServer } from './http-server.js';
import { createRateLimiter } from './rate-limiter.js';
import type { WebhookDependencies } from './webhooks.js';

export interface HttpChildOptions {
  readonly config: Config;
  readonly redisUrl: string;
  /** A fail-fast connection, for all but the queue. */
  readonly redis: RedisClient;
  readonly tenants: Tenants;
  readonly history: WebhookDependencies['history'];
  readonly citations: WebhookDependencies['citations'];
  readonly recorder: WebhookRecorder;
  readonly tracing?: Tracing | undefined;
  readonly instance: string;
  readonly log: Logger;
}

/** How long a start waits for a Redis that is away. Milliseconds. */
const redisWaitMs = 1000;

/** Serves webhooks until it is drained. */
export async function createHttpChild(options: HttpChildOptions) {
  const { config, redisUrl, redis, tenants, history, citations, recorder, tracing, instance, log } = options;
  const producer = createProducer({ redisUrl, attempts: config.jobAttempts, traced: tracing?.adding });
  let draining = false;
  const app = createApp({
    tenants,
    producer,
    history,
    citations,
    deliveries: createDeliveryNames(redis),
    limiter: createRateLimiter(createLimitWindow(redis)),
    recorder,
    tracing,
    log,
    instance,
    now: Date.now,
    draining: () => draining,
  });
  // In a reload requests arrive as soon as the child listens, so its connections must be ready. While Redis is unavailable the
  // child still serves, and answers webhooks with 503.
  await Promise.all([producer.ready(redisWaitMs), readyOrUnavailable(redis, redisWaitMs)]);
  const server = await startHttpServer(app, config.httpHost, config.httpPort);
  return {
    async drain(deadlineMs: number): Promise<void> {
      draining = true;
      await server.drain(deadlineMs);
      producer.close();
      redis.disconnect();
    },
  };
}
