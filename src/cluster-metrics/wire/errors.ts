/**
 * The errors of this library.
 *
 * Must not know: where they are thrown.
 */
export type ClusterMetricsErrorCode =
  | 'UNSUPPORTED_METRIC'
  | 'UNSUPPORTED_REGISTRY'
  | 'NO_REGISTRIES'
  | 'NOT_A_CHILD'
  | 'NO_CHANNEL'
  | 'REPORTER_RUNNING'
  | 'SOCKET_UNUSABLE'
  | 'INVALID_VALUE';

/** Every error this folder throws. Match on `code`; the message is for people and says what to do. */
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
