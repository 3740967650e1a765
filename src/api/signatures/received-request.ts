import type { IncomingHttpHeaders } from 'node:http';

/** What a signature is about. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** As it was received, before any decoding. */
  readonly body: Buffer;
  /** The moment of receipt, seconds since 1970. */
  readonly nowSeconds: number;
}
