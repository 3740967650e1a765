import { type Priority, priorities } from '../intake/priority.js';
import { lastTurn } from '../redis/jobs/new-job.js';

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996): each job gets the number of the turn in which it is due, and tenants
 * take turns. A tenant that queues a thousand jobs gets a thousand successive turns; the job that another tenant queues next
 * is due before those that still wait. Even turns are for jobs behind others of their tenant, odd turns for the first waiting
 * job of a tenant: so tenants without waiting jobs are served first, in order of arrival.
 *
 * Each http child counts for itself: a tenant that sends through three of them has up to three jobs in a turn, as every other
 * tenant has. All read the shared queue for its first and last turn, and for tenants whose jobs are all served. Otherwise
 * a tenant that sends faster than a slow flood is served would be held to the flood's pace, although workers are free.
 */
export interface FairQueueing {
  /** The turn in which a tenant's next job is due, from 1 to `lastTurn`. */
  turnFor(job: QueuedJob): number;
  /** The job is in the queue. */
  queued(job: QueuedJob): void;
  /** The job was refused, and does not use its turn. */
  withdrawn(job: QueuedJob, turn: number): void;
  /** The latest job of each tenant and urgency that is not known to be served; at most about {@link lookedUp}. */
  latest(): readonly QueuedJob[];
  /** @param waiting as read from the queue; undefined: no job waits */
  observe(waiting: Waiting | undefined): void;
}

export interface QueuedJob {
  readonly tenantId: string;
  readonly priority: Priority;
  readonly jobId: string;
}

export interface Waiting {
  /** The first and the last turn of waiting jobs. */
  readonly first: number;
  readonly last: number;
  /** Those of {@link FairQueueing.latest} that no longer wait: all earlier jobs of their tenant are served, too. */
  readonly served: readonly QueuedJob[];
}

/** The turn behind the latest job that a tenant has sent in one urgency. */
interface Debt {
  readonly jobId: string;
  turn: number;
  /** Whether it is in Redis. Before that a reading would not find it and take it for served. */
  queued: boolean;
}

/** Jobs that one reading looks up. With more tenants each is looked up less often. */
const lookedUp = 64;

/** A backlog that has not been empty for a million jobs of one tenant reaches {@link lastTurn}, and is served in order of arrival. */
const firstTurn = 1;

/**
 * The turn of a job that was deferred: an even one. Thousands of jobs of a tenant may return at the same time; with their odd
 * turns they would precede the job of a tenant without waiting jobs.
 */
export const turnOfReturning = (turn: number): number => turn + (turn % 2);

const oddUpTo = (turn: number): number => turn - ((turn + 1) % 2);
const evenAfter = (turn: number): number => turn + 2 - (turn % 2);

/** More urgent first. */
const byUrgency = [...priorities].reverse();

export function createFairQueueing(): FairQueueing {
  let current = firstTurn;
  const debts = new Map<string, Map<Priority, Debt>>();
  return {
    turnFor({ tenantId, priority, jobId }) {
      let own = debts.get(tenantId);
      if (own === undefined) {
        own = new Map();
        debts.set(tenantId, own);
      }
      // Behind the tenant's own jobs of the same or a higher urgency, before those of a lower one. A tenant that calls
      // everything critical gains nothing over others; one that floods in all four urgencies has four jobs a turn.
      let turn = oddUpTo(current);
      for (const urgency of byUrgency) {
        turn = Math.max(turn, own.get(urgency)?.turn ?? 0);
        if (urgency === priority) break;
      }
      own.set(priority, { jobId, turn: evenAfter(turn), queued: false });
      return Math.min(turn, lastTurn);
    },
    queued({ tenantId, priority, jobId }) {
      const debt = debts.get(tenantId)?.get(priority);
      if (debt?.jobId === jobId) debt.queued = true;
    },
    withdrawn({ tenantId, priority }, turn) {
      const debt = debts.get(tenantId)?.get(priority);
      if (debt !== undefined) debt.turn = Math.min(debt.turn, turn);
    },
    latest() {
      const found: QueuedJob[] = [];
      for (const [tenantId, own] of debts) {
        for (const [priority, { jobId, queued }] of own) if (queued) found.push({ tenantId, priority, jobId });
        if (found.length >= lookedUp) break;
      }
      // The next reading begins with the other tenants.
      for (const tenantId of new Set(found.map((one) => one.tenantId))) {
        const own = debts.get(tenantId);
        debts.delete(tenantId);
        if (own !== undefined) debts.set(tenantId, own);
      }
      return found;
    },
    observe(waiting) {
      if (waiting === undefined) {
        current = firstTurn;
        debts.clear(); // the backlog has ended; this also keeps turns small and forgets removed tenants
        return;
      }
      current = Math.max(firstTurn, waiting.first); // a job that a worker has moved to the head has turn 0
      // Bounds turns that were given in a backlog that has ended since.
      const end = evenAfter(waiting.last);
      for (const own of debts.values()) for (const debt of own.values()) debt.turn = Math.min(debt.turn, end);
      for (const { tenantId, priority, jobId } of waiting.served) {
        const own = debts.get(tenantId);
        if (own?.get(priority)?.jobId !== jobId) continue; // the tenant has sent another job since
        own.delete(priority);
        if (own.size === 0) debts.delete(tenantId);
      }
    },
  };
}
