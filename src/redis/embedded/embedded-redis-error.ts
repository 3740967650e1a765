export type EmbeddedRedisErrorCode =
  | 'REDIS_NOT_INSTALLED'
  | 'REDIS_TOO_OLD'
  | 'DATA_DIR_IN_USE'
  | 'DATA_DIR_UNUSABLE'
  | 'REDIS_DID_NOT_START';

export class EmbeddedRedisError extends Error {
  override readonly name = 'EmbeddedRedisError';

  constructor(
    readonly code: EmbeddedRedisErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
