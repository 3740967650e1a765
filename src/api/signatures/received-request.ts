import type { IncomingHttpHeaders } from 'node:http';

/** The parts of a request that signatures cover. */
export interface ReceivedRequest {
  readonly headers: IncomingHttpHeaders;
  /** As it was received, before any decoding. */
  readonly body: Buffer;
  /** The moment of receipt, seconds since 1970. */
  readonly nowSeconds: number;
}

/** A header's value. Node joins repeated headers with a comma: equal values, which some proxies produce, count as one. */
export function headerOf(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name];
  if (typeof value !== 'string') return '';
  if (!value.includes(', ')) return value;
  const [first = '', ...others] = value.split(', ');
  return others.every((other) => other === first) ? first : value;
}
