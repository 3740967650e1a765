import type { Request, Response } from 'express';
import { problemOf, sendProblem } from '../../http/problem.js';

/**
 * Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html): the status once a second. A snapshot is
 * made once for all viewers, and none without a viewer.
 */
export interface EventStream {
  handle(request: Request, response: Response): void;
  readonly viewers: number;
  /** Ends all streams. */
  close(): void;
}

export interface EventStreamOptions {
  /** Interval of the events. Milliseconds; default: 1000. */
  readonly periodMs?: number;
  /** Concurrent viewers; one more is answered 503. Default: 20 */
  readonly maxViewers?: number;
  /** A viewer that leaves this many consecutive events unread is disconnected. Default: 10 */
  readonly maxMissed?: number;
  /** Called when a snapshot fails after one that succeeded. Default: not reported. */
  readonly onFailing?: (error: unknown) => void;
}

interface Viewer {
  readonly response: Response;
  /** Consecutive events that were not sent because an earlier one is unread. */
  missed: number;
}

/** @param snapshot what to send, as JSON */
export function createEventStream(snapshot: () => Promise<unknown>, options: EventStreamOptions = {}): EventStream {
  const { periodMs = 1000, maxViewers = 20, maxMissed = 10, onFailing = () => undefined } = options;
  const viewers = new Set<Viewer>();
  let timer: NodeJS.Timeout | undefined;
  let making: Promise<string> | undefined;
  let closed = false;
  let failing = false;

  const nextEvent = (): Promise<string> => {
    making ??= snapshot()
      .then(
        (status) => {
          failing = false;
          return `event: status\ndata: ${JSON.stringify(status)}\n\n`;
        },
        (error: unknown) => {
          if (!failing) onFailing(error);
          failing = true;
          throw error;
        },
      )
      .finally(() => {
        making = undefined;
      });
    return making;
  };

  const send = (viewer: Viewer, event: string): void => {
    const { response } = viewer;
    if (!viewers.has(viewer)) return;
    if (!response.writableNeedDrain) {
      viewer.missed = 0;
      response.write(event);
    } else if (++viewer.missed >= maxMissed) {
      // end() would wait until the viewer has read.
      response.destroy();
    }
  };

  const tick = (): void => {
    nextEvent().then(
      (event) => {
        for (const viewer of viewers) send(viewer, event);
      },
      () => undefined, // the next one may succeed; the page shows the age of its figures
    );
  };

  const leave = (viewer: Viewer): void => {
    viewers.delete(viewer);
    if (viewers.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };

  return {
    handle(request, response) {
      if (closed || viewers.size >= maxViewers) {
        response.set('Retry-After', '5');
        sendProblem(response, problemOf(503, `${maxViewers} pages are open already, or the service stops.`));
        return;
      }
      const viewer: Viewer = { response, missed: 0 };
      viewers.add(viewer);
      response.once('close', () => leave(viewer));
      response.on('error', () => leave(viewer));
      request.socket.setNoDelay(true);
      response.writeHead(200, {
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        // nginx would buffer events.
        'X-Accel-Buffering': 'no',
      });
      response.write('retry: 2000\n\n');
      timer ??= setInterval(tick, periodMs);
      // The first event is sent at once; concurrent first events are coalesced.
      nextEvent().then(
        (event) => send(viewer, event),
        () => undefined,
      );
    },
    get viewers() {
      return viewers.size;
    },
    close() {
      closed = true;
      for (const { response } of viewers) response.end();
    },
  };
}
