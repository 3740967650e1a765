import { type Priority, priorities } from './job.js';

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) over BullMQ's priorities: each job gets the number of the turn in
 * which it is due, and tenants take turns. A tenant that queues a thousand jobs gets a thousand turns to come; the job
 * that another tenant queues next is due before all that still wait of those. The even turns are for jobs that have others
 * of their tenant before them, the odd ones for those that have none: whoever has nothing waiting goes first, and among
 * those who have nothing waiting, whoever came first.
 *
 * Each http child counts for itself, without a word to the others: a tenant that sends through three of them has up to
 * three jobs in a turn, as every other tenant has. What all share is the queue, whose first and last turn they look at.
 */
export interface FairQueueing {
  /** The turn in which a tenant's next job is due, to be used as its BullMQ priority. */
  turnFor(tenantId: string, priority: Priority): number;
  /** What was seen in the queue; undefined: nothing waits. */
  observe(waiting: { readonly first: number; readonly last: number } | undefined): void;
}

/** BullMQ's priorities end here. A backlog that has not been empty for a million jobs of one tenant is served in order of arrival. */
export const lastTurn = 2 ** 21 - 1;
/** All jobs have a priority: BullMQ serves those without before all others. */
const firstTurn = 1;

const oddUpTo = (turn: number): number => turn - ((turn + 1) % 2);
const evenAfter = (turn: number): number => turn + 2 - (turn % 2);

/** More urgent first. */
const byUrgency = [...priorities].reverse();

export function createFairQueueing(): FairQueueing {
  let current = firstTurn;
  /** For each tenant and urgency the next turn, behind its own jobs. */
  const free = new Map<string, Map<Priority, number>>();
  return {
    turnFor(tenantId, priority) {
      let turns = free.get(tenantId);
      if (turns === undefined) {
        turns = new Map();
        free.set(tenantId, turns);
      }
      // Behind the tenant's own jobs that are as urgent or more, before those that are less: a tenant that calls
      // everything critical gains nothing over others, and one that floods in all four urgencies has four jobs a turn.
      let turn = oddUpTo(current);
      for (const urgency of byUrgency) {
        turn = Math.max(turn, turns.get(urgency) ?? 0);
        if (urgency === priority) break;
      }
      turns.set(priority, evenAfter(turn));
      return Math.min(turn, lastTurn);
    },
    observe(waiting) {
      if (waiting === undefined) {
        current = firstTurn;
        free.clear(); // debts end with the backlog; this also keeps the turns small and forgets removed tenants
        return;
      }
      current = Math.max(firstTurn, waiting.first); // what a worker has moved to the head is in turn 0
      // Turns that were given for a backlog which other children saw end in the meantime.
      const end = evenAfter(waiting.last);
      for (const turns of free.values()) for (const [urgency, turn] of turns) if (turn > end) turns.set(urgency, end);
    },
  };
}
