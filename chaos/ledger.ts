import { acceptedBy, type Outcome } from './http-client.js';

/** One ticket that is delivered until it has been accepted, as a desk does. */
export interface Delivery {
  readonly tenantId: string;
  readonly ticketId: string;
  /** From the first 202. */
  jobId: string | undefined;
}

/** What the clients saw, and nothing else: the other side's books are compared with it. */
export interface Ledger {
  readonly deliveries: readonly Delivery[];
  /** Answers by status. */
  readonly answers: ReadonlyMap<number, number>;
  readonly cut: number;
  readonly hung: number;
  /** The 202 that said `duplicate`. */
  readonly duplicates: number;
  /** Answers of 503 without `Retry-After`. */
  readonly mute503: number;
  /** Two 202 for one delivery that named different jobs. */
  readonly changedJobs: readonly string[];
  /** Milliseconds: of all that answered. */
  readonly slowestMs: number;
  open(tenantId: string, ticketId: string): Delivery;
  note(delivery: Delivery, outcome: Outcome): void;
}

export function createLedger(): Ledger {
  const deliveries: Delivery[] = [];
  const answers = new Map<number, number>();
  const changedJobs: string[] = [];
  const seen = { cut: 0, hung: 0, duplicates: 0, mute503: 0, slowestMs: 0 };
  return {
    deliveries,
    answers,
    changedJobs,
    get cut() {
      return seen.cut;
    },
    get hung() {
      return seen.hung;
    },
    get duplicates() {
      return seen.duplicates;
    },
    get mute503() {
      return seen.mute503;
    },
    get slowestMs() {
      return seen.slowestMs;
    },
    open(tenantId, ticketId) {
      const delivery = { tenantId, ticketId, jobId: undefined };
      deliveries.push(delivery);
      return delivery;
    },
    note(delivery, outcome) {
      if (outcome.kind !== 'answer') {
        seen[outcome.kind] += 1;
        return;
      }
      seen.slowestMs = Math.max(seen.slowestMs, outcome.ms);
      answers.set(outcome.status, (answers.get(outcome.status) ?? 0) + 1);
      if (outcome.status === 503 && outcome.retryAfter === undefined) seen.mute503 += 1;
      const accepted = acceptedBy(outcome);
      if (accepted === undefined) return;
      if (accepted.duplicate) seen.duplicates += 1;
      if (delivery.jobId !== undefined && delivery.jobId !== accepted.jobId) changedJobs.push(delivery.ticketId);
      delivery.jobId = accepted.jobId;
    },
  };
}
