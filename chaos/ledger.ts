import { acceptedBy, type Outcome } from './http-client.js';

/** One ticket that is delivered until it has been accepted, as a desk does. */
export interface Delivery {
  readonly tenantId: string;
  readonly ticketId: string;
  /** Epoch milliseconds. */
  readonly openedAtMs: number;
  /** From the first 202. */
  jobId: string | undefined;
  /** Of that 202, epoch milliseconds. */
  acceptedAtMs: number | undefined;
  /** What its sender saw; the same outcome several times in a row is one. */
  readonly seen: Seen[];
}

export interface Seen {
  /** `202`, `503`, `cut`, `hung`. */
  readonly outcome: string;
  /** Epoch milliseconds. */
  readonly firstMs: number;
  lastMs: number;
  times: number;
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
      const openedAtMs = Date.now();
      const delivery = { tenantId, ticketId, openedAtMs, jobId: undefined, acceptedAtMs: undefined, seen: [] };
      deliveries.push(delivery);
      return delivery;
    },
    note(delivery, outcome) {
      see(delivery, outcome.kind === 'answer' ? String(outcome.status) : outcome.kind);
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
      delivery.acceptedAtMs ??= Date.now();
    },
  };
}

function see({ seen }: Delivery, outcome: string): void {
  const nowMs = Date.now();
  const last = seen.at(-1);
  if (last?.outcome === outcome) {
    last.lastMs = nowMs;
    last.times += 1;
  } else {
    seen.push({ outcome, firstMs: nowMs, lastMs: nowMs, times: 1 });
  }
}
