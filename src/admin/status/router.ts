import { type RequestHandler, Router } from 'express';
import { problemOf, sendProblem } from '../../http/problem.js';
import type { Assets } from './assets.js';
import type { EventStream } from './events.js';
import { statusPage } from './page.js';
import type { Status } from '../../primary/status.js';

export interface StatusRoutes {
  readonly status: () => Promise<Status>;
  readonly events: Pick<EventStream, 'handle'>;
  readonly assets: Assets;
  /** Guards every address with data; the page's own files are public. */
  readonly authorize: RequestHandler;
}

/** Allows only files of this port, nothing inline, and no frame of another site. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const oneYearSeconds = 31_536_000;

/** Serves the status as a page, as JSON and as a stream of events, and the page's files. */
export function createStatusRouter({ status, events, assets, authorize }: StatusRoutes): Router {
  const router = Router();
  router.get('/', authorize, async (_request, response) => {
    response.set('Content-Security-Policy', contentSecurityPolicy).set('Cache-Control', 'no-store');
    response.type('html').send(statusPage(await status(), `status/assets/${assets.version}/`));
  });
  router.get('/status', authorize, async (_request, response) => {
    response.set('Cache-Control', 'no-store').json(await status());
  });
  router.get('/status/events', authorize, (request, response) => events.handle(request, response));
  router.get('/status/assets/:version/:name', (request, response) => {
    const { version, name } = request.params;
    const body = version === assets.version ? assets.get(name) : undefined;
    if (body === undefined) {
      sendProblem(response, problemOf(404, 'The status page has no such file; load the page again.'));
      return;
    }
    response.set('Cache-Control', `public, max-age=${oneYearSeconds}, immutable`).type(name).send(body);
  });
  return router;
}
