/**
 * The errors of this library, and how a program is told of errors of its own functions.
 * Must not know: where errors are thrown.
 */
import { inspect } from 'node:util';

export type ClusterMetricsErrorCode =
  | 'UNSUPPORTED_METRIC'
  | 'UNSUPPORTED_REGISTRY'
  | 'NO_REGISTRIES'
  | 'NOT_A_CHILD'
  | 'NO_CHANNEL'
  | 'REPORTER_RUNNING'
  | 'SOCKET_UNUSABLE'
  | 'INVALID_VALUE';

/** Every error this library throws. Match on `code`; the message is for people and says what to do. */
export class ClusterMetricsError extends Error {
  override readonly name = 'ClusterMetricsError';

  constructor(
    readonly code: ClusterMetricsErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Of an update that a metric's handle cannot take. */
export function invalidValue(metric: string, value: unknown, why: string): ClusterMetricsError {
  return new ClusterMetricsError('INVALID_VALUE', `${metric} cannot be changed by ${String(value)}: ${why}.`);
}

/** Of what a program's function threw, which need not be an error: `String` throws for an object without a prototype. */
export const inWords = (error: unknown): string => (error instanceof Error ? String(error) : inspect(error));

/** @returns calls a program's `onError`, and never throws: what that throws is emitted as a warning */
export function toErrorListener(onError: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      onError?.(error);
    } catch (thrown) {
      const message = `The onError function of cluster-metrics threw ${inWords(thrown)}, when it was told of ${inWords(error)}`;
      process.emitWarning(message, { type: 'ClusterMetricsWarning', code: 'ON_ERROR_THREW' });
    }
  };
}
