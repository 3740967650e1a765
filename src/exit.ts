import { ConfigError } from './config/config-error.js';
import { PortError } from './config/address.js';
import { presentable } from './logging/describe-error.js';
import { withoutKnownSecrets } from './logging/known-secrets.js';
import type { Logger } from './logging/logger.js';
import { EmbeddedRedisError } from './redis/embedded/embedded-redis-error.js';
import { exitConfiguration } from './node-version.js';
import type { StopFault } from './shutdown.js';
import { TenantsError } from './tenants/index.js';

/** Ends the process with a sentence on stderr, without the secrets that it may quote. */
export function exitWith(code: number, text: string): never {
  process.stderr.write(`${withoutKnownSecrets(text)}\n`);
  process.exit(code);
}

export function exitForConfiguration(text: string): never {
  exitWith(exitConfiguration, text);
}

/** Ends a start that failed: errors of the configuration or of the machine are sentences, any other has its stack. */
export function exitForError(error: unknown): never {
  if (error instanceof ConfigError || error instanceof TenantsError) exitForConfiguration(error.message);
  if (error instanceof PortError || error instanceof EmbeddedRedisError) exitWith(1, error.message);
  const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
  exitWith(1, `ticket-enhancer could not start: ${presentable(what)}`);
}

/** Ends the process after a stop: with 0, or with 1 and a log line of the steps that failed or did not end. */
export function exitAfterStop(faults: readonly StopFault[], log: Logger): never {
  if (faults.length === 0) process.exit(0);
  for (const { step, error } of faults)
    if (error !== undefined) log.error({ err: error, step }, 'a step of the stop failed');
  const steps = faults.map(({ step }) => step);
  log.fatal({ steps }, `the stop is not complete: ${steps.join(', ')}`);
  process.exit(1);
}
