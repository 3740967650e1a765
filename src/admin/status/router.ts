import { type RequestHandler, Router } from 'express';
import { problem } from '../problem.js';
import type { Assets } from './assets.js';
import type { EventStream } from './events.js';
import { statusPage } from './page.js';
import type { Status } from '../../primary/status.js';

export interface StatusRoutes {
  readonly status: () => Promise<Status>;
  readonly events: Pick<EventStream, 'handle'>;
  readonly assets: Assets;
  /** Before all that shows figures. The page's own files are no secret. */
  readonly authorize: RequestHandler;
}

/** Nothing from elsewhere, nothing from inside the page, and no place in another site's frame. */
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

/** The status page, the same as JSON and as a stream, and the page's files. */
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
    const asset = request.params.version === assets.version ? assets.get(request.params.name) : undefined;
    if (asset === undefined) {
      problem(response, 404, 'Not Found', 'The status page has no such file any more; load the page again.');
      return;
    }
    response.set('Cache-Control', `public, max-age=${oneYearSeconds}, immutable`).type(asset.type).send(asset.body);
  });
  return router;
}
