export type ClusterMetricsErrorCode =
  | 'UNSUPPORTED_METRIC'
  | 'NOT_A_CHILD'
  | 'NOT_THE_PRIMARY'
  | 'INVALID_VALUE'
  | 'INVALID_LABELS';

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
