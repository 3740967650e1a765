import { type Priority, priorities } from './job.js';

/**
 * Start-time fair queueing (Goyal, Vin, Cheng 1996) over BullMQ's priorities: each job gets the number of the turn in
 * which it is due, and tenants take turns. A tenant that queues a thousand jobs gets a thousand turns to come; the job
 * that another tenant queues next is due in the turn that is being served, before all but the first of those.
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

/** BullMQ's priorities end here. A backlog that has not been empty for two million turns is served in order of arrival. */
export const lastTurn = 2 ** 21 - 1;
/** All jobs have a priority: BullMQ serves those without before all others. */
const firstTurn = 1;

/** More urgent first. */
const byUrgency = [...priorities].reverse();

export function createFairQueueing(): FairQueueing {
  let current = firstTurn;
  /** For each tenant and urgency the first turn that its jobs have not taken. */
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
      let turn = current;
      for (const urgency of byUrgency) {
        turn = Math.max(turn, turns.get(urgency) ?? 0);
        if (urgency === priority) break;
      }
      turns.set(priority, turn + 1);
      return Math.min(turn, lastTurn);
    },
    observe(waiting) {
      if (waiting === undefined) {
        current = firstTurn;
        free.clear(); // debts end with the backlog; this also keeps the turns small and forgets removed tenants
        return;
      }
      current = waiting.first;
      // Turns that were given for a backlog which other children saw end in the meantime.
      for (const turns of free.values()) {
        for (const [urgency, turn] of turns) if (turn > waiting.last + 1) turns.set(urgency, waiting.last + 1);
      }
    },
  };
}
