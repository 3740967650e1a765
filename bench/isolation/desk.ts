import { createServer } from 'node:http';
import { listenOnFreePort } from '../../test/support/http-server.js';

/**
 * A desk that takes its time over each request, as real ones do.
 *
 * @param delayMs Infinity: it never answers
 * @param onNote called when the answer to a note has been given
 */
export async function startDesk(delayMs: number, onNote: (ticketId: string) => void = () => undefined) {
  const server = createServer((request, response) => {
    request.resume();
    if (delayMs === Number.POSITIVE_INFINITY) return;
    const ticketId = /\/requests\/([^/]+)\/notes/.exec(request.url ?? '')?.[1] ?? '';
    setTimeout(() => {
      response.writeHead(request.method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      const response_status = { status_code: 2000, status: 'success' };
      if (request.method === 'POST') {
        response.end(JSON.stringify({ response_status, note: { id: '1' } }));
        onNote(ticketId);
      } else {
        response.end(JSON.stringify({ response_status, notes: [], list_info: { has_more_rows: false } }));
      }
    }, delayMs);
  });
  const { port, close } = await listenOnFreePort(server);
  return { baseUrl: `http://127.0.0.1:${port}`, close };
}
