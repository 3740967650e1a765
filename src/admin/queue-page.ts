import type { Express, RequestHandler, Response } from 'express';
import type { FailFastQueue } from '../redis/fail-fast-queue.js';
import type { Logger } from '../logging/logger.js';
import { createQueuePageChanges, type QueuePageChanges } from './queue-page-changes.js';
import { problemOf, sendProblem } from '../http/problem.js';

/** Where the page is served on the metrics port. */
export const queuePagePath = '/queues';

/**
 * Serves bull-board. Its packages are loaded at the first request: they cost memory and time, and by default the page is off.
 */
export function createQueuePage(failFastQueue: Pick<FailFastQueue, 'use'>, log: Logger): RequestHandler {
  const changes = createQueuePageChanges(log);
  let board: Promise<Express> | undefined;
  return (request, response, next) => {
    response.set('Content-Security-Policy', contentSecurityPolicy);
    response.set('Cache-Control', 'no-store');
    board ??= loadBoard(failFastQueue, changes).catch((error: unknown) => {
      board = undefined; // Redis may be available at the next request
      throw error;
    });
    board.then((app) => changes.by(request, () => void app(request, response, next)), next);
  };
}

/** Allows inline styles, which the page has, and nothing from other sites. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

async function loadBoard(
  failFastQueue: Pick<FailFastQueue, 'use'>,
  { before, after }: QueuePageChanges,
): Promise<Express> {
  const [{ createBullBoard }, { BullMQAdapter }, { ExpressAdapter }] = await Promise.all([
    import('@bull-board/api'),
    import('@bull-board/api/bullMQAdapter'),
    import('@bull-board/express'),
  ]);

  /** bull-board's page loads fonts from another site; without them it uses the machine's own. */
  class SelfContained extends ExpressAdapter {
    override setEntryRoute(entry: Parameters<InstanceType<typeof ExpressAdapter>['setEntryRoute']>[0]): this {
      this.app.get(entry.route, (_request, response: Response, next) => {
        const { name, params } = entry.handler({ basePath: this.basePath, uiConfig: this.uiConfig });
        response.render(name, params, (error: Error | null, page: string) => {
          if (error) next(error);
          else response.type('html').send(page.replace(/<link\b(?=[^<>]*href="https?:)[^<>]*>/g, ''));
        });
      });
      return this;
    }
  }

  // `allowCompletedRetries` is missing in the types of this adapter.
  const shown = { allowRetries: true, allowCompletedRetries: false };
  const adapter = new SelfContained();
  adapter.setBasePath(queuePagePath);
  await failFastQueue.use(async ({ queue }) => {
    createBullBoard({
      queues: [new BullMQAdapter(queue, shown)],
      serverAdapter: adapter,
      options: {
        handlerHooks: { before, after },
        uiConfig: {
          boardTitle: 'ticket-enhancer',
          hideDocsLink: true,
          miscLinks: [{ text: 'Status', url: '/' }],
          sortQueues: false,
        },
      },
    });
  });
  const app = adapter.getRouter() as Express;
  return app.disable('x-powered-by');
}

/**
 * Refuses cross-site changes: a browser sends the password of HTTP Basic also with requests that another site makes it
 * post. A change must come from this page (`Sec-Fetch-Site`, which browsers send over HTTPS and from localhost, or else
 * `Origin`) or from a client that is not a browser and sends neither.
 */
export const refuseOtherSites: RequestHandler = (request, response, next) => {
  if (request.method === 'GET' || request.method === 'HEAD' || isOwn(request.headers)) {
    next();
    return;
  }
  sendProblem(response, problemOf(403, 'A change must be made from this page itself, not from another site.'));
};

function isOwn(headers: Readonly<Record<string, string | string[] | undefined>>): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin' || site === 'none';
  const { origin, host } = headers;
  if (origin === undefined) return true;
  return typeof origin === 'string' && URL.canParse(origin) && new URL(origin).host === host;
}
