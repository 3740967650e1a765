import type { ServerResponse } from 'node:http';

/** RFC 9457. */
export function problem(response: ServerResponse, status: number, title: string, detail: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'application/problem+json; charset=utf-8');
  response.end(JSON.stringify({ type: 'about:blank', title, status, detail }));
}
