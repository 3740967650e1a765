/** What the service promises, as data: the scorecard's rows. */
export interface PromiseKept {
  readonly promise: string;
  readonly goal: string;
  /** How other software does here, or what is usual; measured where docs/benchmarks.md and this page say so. */
  readonly beside: string;
}

export const promises = {
  durable: {
    promise: '202s lost over SIGKILLs of Redis, embedded as it comes',
    goal: '0',
    beside: '`appendfsync everysec`, Redis’ default for its log: up to a second of them',
  },
  'second notes': {
    promise: 'Second notes, under random faults of everything and 5% lost desk answers',
    goal: '0, and no accepted webhook lost',
    beside: 'a plain BullMQ job posts again after each lost answer',
  },
  'given up': {
    promise: 'Accepted tickets that failed for a reason that passes, under the same faults',
    goal: '0',
    beside: 'BullMQ’s `attempts` with its default delays: a desk that throttles for a minute fails every job',
  },
  'each desk': {
    promise:
      'Notes on the other desks, by their own webhooks, under kills of workers, lost answers, throttling and refused tokens',
    goal: 'exactly 1 note each, internal',
    beside: 'a plain BullMQ job posts again after each lost answer',
  },
  green: {
    promise: '`/readyz` 200 while every webhook is answered 503, the longest',
    goal: 'at most 3 s',
    beside: 'a readiness that asks PING: for as long as Redis is full or read-only',
  },
  counters: {
    promise: 'Counters against the clients’ ledger, and decreases seen, under the same faults',
    goal: '0 lost, 0 decreases',
    beside: 'prom-client’s cluster mode: a SIGKILLed child takes its counters along (6000 became 3000)',
  },
  deaths: {
    promise:
      'The same with SIGKILL and SIGTERM of the primary among the faults, started again at once on its data and ports',
    goal: 'exactly 1 note each; 0 decreases while one primary lives; no orphan',
    beside: '`child_process.fork` children and a spawned redis-server stay as orphans',
  },
  'stop ends': {
    promise:
      'A SIGTERM ends the service: in the middle of jobs, as soon as it is ready, and in the middle of its start',
    goal: 'always, exit 0, within `SHUTDOWN_TIMEOUT_MS` and 5 s',
    beside: 'node:cluster: never, when a child ends while it waits for the listening socket',
  },
  'added tenant': {
    promise: 'A tenant added by SIGHUP while its desk is already sending: accepted tickets that failed',
    goal: '0, and all deliveries accepted',
    beside: 'children replaced in any order: a worker of before fails what a new http child accepted',
  },
  'unfinished reload': {
    promise:
      'A reload that stops half way, at an http child or a worker that does not start: configurations in force after it',
    goal: '1, and 0 accepted tickets failed',
    beside: 'children already replaced keep the new one: answers of 202 and of 401 to one tenant',
  },
  failover: {
    promise: 'Redis fails over, connections to the old primary stay open: http and worker children are back after',
    goal: 'within 5 s, 0 second notes, 0 tickets given up; 0 lost but those that a sudden failover finds not yet replicated',
    beside: 'ioredis’ defaults: READONLY for as long as the old connections live',
  },
  scrape: {
    promise: '`/metrics` during all of it, 200 at once included',
    goal: 'slowest under 500 ms, p99 under 250 ms, none fails',
    beside: 'prom-client’s cluster mode: 5 s and then an error for one blocked child; 178 of 200 at once timed out',
  },
  redelivery: {
    promise: 'A worker SIGKILLed in a job: the job runs again after',
    goal: 'under 1 s',
    beside: 'BullMQ’s defaults 34-61 s; Sidekiq super_fetch 5 min to 3 h; Celery on Redis 1 h',
  },
  'redelivery elsewhere': {
    promise: 'Worker and primary SIGKILLed in a job: it runs on another machine after',
    goal: 'under 15 s',
    beside: 'BullMQ’s defaults 34-61 s',
  },
  'poison job': {
    promise: 'A job that kills its worker: starts, then',
    goal: '3 starts, then failed and visible',
    beside: 'BullMQ’s default: fails at the second stall, with "job stalled more than allowable limit"',
  },
  'poison among others': {
    promise: 'Ten jobs that kill their worker among 200 others: failed of either',
    goal: 'all ten, and none of the others',
    beside: 'BullMQ’s default: whatever was twice in a worker that died',
  },
  reload: {
    promise: 'Requests failed by rolling reloads (SIGHUP), keep-alive clients',
    goal: '0 of at least 10,000 over 5 reloads',
    beside: 'Puma’s own test: 3,000 requests, none dropped',
  },
  'no hanging': {
    promise: 'Clients left hanging by a SIGKILLed http child',
    goal: '0',
    beside: 'Node’s own cluster scheduling: one for each of 27 in 28 kills',
  },
  refusal: {
    promise: 'Webhook answer while Redis is frozen, away, full or read-only',
    goal: '503 with `Retry-After` within 1.5 s',
    beside: 'BullMQ’s defaults: no answer until Redis is back',
  },
  recovery: {
    promise: 'First 202 after Redis is back (frozen 10 s; away 30 s)',
    goal: 'within 1 s',
    beside: 'ioredis’ defaults reconnect after up to 2 s',
  },
  'disk full': {
    promise: 'The disk under Redis’ log full, then not: 202s lost, service again without help',
    goal: '0 lost, 503 meanwhile',
    beside: 'Redis with `appendfsync always` ends itself at the first write that fails',
  },
  'primary killed': {
    promise: 'Primary SIGKILLed: children and Redis gone, ports free, accepted work kept',
    goal: 'within the drain (30 s), no orphan, 0 lost',
    beside: '`child_process.fork` children and a spawned redis-server stay as orphans',
  },
  'keeper killed': {
    promise: 'The embedded Redis, its keeper and its primary SIGKILLed at random moments, one or several at once',
    goal: '0 with two Redis, 0 orphans, back within 5 s',
    beside: 'a spawned redis-server outlives its SIGKILLed parent, and a second one starts on its folder',
  },
  'stop in work': {
    promise: 'SIGTERM in the middle of jobs, start again: exit, notes',
    goal: 'exit 0 within the drain, exactly 1 note each',
    beside: 'BullMQ’s `close()` waits for as long as the job takes',
  },
  'crash loop': {
    promise: 'Children that cannot start: delay, readiness, cost',
    goal: 'growing delay, `/readyz` 503 with the reason, under 5% of a core',
    beside: 'PM2’s defaults: again at once, 16 times, then for good `errored`',
  },
  'frozen child': {
    promise: 'A frozen child is replaced after',
    goal: 'within `CHILD_HUNG_MS` + 5 s',
    beside: 'node:cluster: never',
  },
  clock: {
    promise: 'The clock of the whole machine jumps by an hour, ahead and back',
    goal: 'exactly 1 note each, no job waits for the clock, 0 decreases',
    beside: 'BullMQ’s delayed jobs wait for the clock to come again',
  },
  'hostile tenant': {
    promise:
      'One tenant whose desk and model answer with hostile shapes, and whose history is at its bound: notes of the others, and their 95th percentile',
    goal: 'exactly 1 note each, at most 1.2 times as long as without it',
    beside: 'one process for each tenant',
  },
  soak: {
    promise: 'Memory at 200 webhooks a second, after warm-up',
    goal: 'flat within 10% in every process',
    beside: 'prom-client’s cluster mode: each failed scrape leaves 6 MiB behind',
  },
} as const satisfies Record<string, PromiseKept>;

export type PromiseName = keyof typeof promises;

/**
 * `missed`: the goal, not what the service promises (docs/reliability.md says which); `broken`: a promise. A run in which
 * something is broken ends with 1.
 */
export type Verdict = 'kept' | 'missed' | 'broken';

export interface Finding {
  readonly promise: PromiseName;
  /** What the promise was tried on, where it was tried on several: `zendesk`. */
  readonly on?: string;
  /** What was seen, with its unit and over how much. */
  readonly figure: string;
  readonly verdict: Verdict;
  /** What exactly did not hold, a sentence each. */
  readonly details?: readonly string[];
  /** What is known of the cases behind a broken promise, each in the order of time. */
  readonly evidence?: readonly (readonly string[])[];
  /** All that the figure was made of, for `--json`. */
  readonly raw?: Readonly<Record<string, unknown>>;
}

/** For exactness there is nothing between kept and broken. */
export function exactly(holds: boolean): Verdict {
  return holds ? 'kept' : 'broken';
}

/** A time has a goal, and a bound that the contract names; without one a slow machine can only miss. */
export function within(value: number, goal: number, bound = Number.POSITIVE_INFINITY): Verdict {
  if (value <= goal) return 'kept';
  return value <= bound ? 'missed' : 'broken';
}
