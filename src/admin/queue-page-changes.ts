import { AsyncLocalStorage } from 'node:async_hooks';
import type { IncomingMessage } from 'node:http';
import type { Logger } from '../logging/logger.js';
import { basicUser } from './operator-token.js';

/**
 * The changes that the queue page permits, and their audit log. bull-board can also remove, add and edit jobs. A job that
 * disappears has no end in `enhancement_requests_total`: `queued` would exceed `success`, `failure` and unfinished jobs.
 */

/** Method and route as bull-board names them, and the action in the audit log. */
const permitted: Readonly<Record<string, string>> = {
  'put /api/queues/pause': 'pause',
  'put /api/queues/:queueName/pause': 'pause',
  'put /api/queues/resume': 'resume',
  'put /api/queues/:queueName/resume': 'resume',
  'put /api/queues/:queueName/promote': 'promote all',
  'put /api/queues/:queueName/:jobId/promote': 'promote',
  'put /api/queues/:queueName/retry/:queueStatus': 'retry all',
  'put /api/queues/:queueName/:jobId/retry': 'retry',
};

const refusal =
  'The queue page retries failed jobs, promotes delayed ones, and pauses and resumes the queue. It does not remove, add or edit jobs: the metrics would not add up.';

interface Job {
  getState(): Promise<string>;
}

interface Call {
  readonly method: string;
  readonly route: string;
  readonly request: {
    readonly params: Readonly<Record<string, unknown>>;
    readonly queues: ReadonlyMap<string, { getJob(id: string): Promise<Job | null | undefined> }>;
  };
}

interface Answer {
  readonly status?: number;
  readonly body: unknown;
}

interface Operator {
  /** The user name of HTTP Basic; undefined: a bearer token. */
  readonly user: string | undefined;
  readonly address: string | undefined;
}

/** bull-board's hooks around each of its routes. */
export interface QueuePageChanges {
  /** Runs a request; hooks that are called in it attribute changes to its sender. */
  by(request: IncomingMessage, handle: () => void): void;
  before(call: Call): Promise<{ allow: false; status: 403; message: string } | undefined>;
  after<A extends Answer>(call: Call, answer: A): A;
}

export function createQueuePageChanges(log: Logger): QueuePageChanges {
  const operators = new AsyncLocalStorage<Operator>();
  const note = ({ method, route, request }: Call, result: { status: number; jobs?: number }): void => {
    const { jobId, queueStatus } = request.params;
    const fields = { ...operators.getStore(), job_id: jobId, job_state: queueStatus, ...result };
    const action = permitted[`${method} ${route}`] ?? `${method} ${route}`;
    log.info({ audit: { action, ...fields } }, 'a change on the queue page');
  };
  return {
    by: (request, handle) =>
      operators.run({ user: basicUser(request.headers.authorization), address: request.socket.remoteAddress }, handle),
    async before(call) {
      if (call.method === 'get' || (await isPermitted(call))) return undefined;
      note(call, { status: 403 });
      return { allow: false, status: 403, message: refusal };
    },
    after(call, answer) {
      if (call.method !== 'get') note(call, { status: answer.status ?? 200, ...retriedIn(answer.body) });
      return answer;
    },
  };
}

/** Refuses the retry of a completed job, which would have two ends. */
async function isPermitted({ method, route, request: { params, queues } }: Call): Promise<boolean> {
  switch (permitted[`${method} ${route}`]) {
    case undefined:
      return false;
    case 'retry all':
      return params['queueStatus'] === 'failed';
    case 'retry': {
      const job = await queues.get(String(params['queueName']))?.getJob(String(params['jobId']));
      // bull-board itself answers 404 for an unknown job, and 400 for one that has not ended.
      return (await job?.getState()) !== 'completed';
    }
    default:
      return true;
  }
}

function retriedIn(body: unknown): { jobs?: number } {
  const retried: unknown = typeof body === 'object' && body !== null && 'retried' in body ? body.retried : undefined;
  return typeof retried === 'number' ? { jobs: retried } : {};
}
