import { type ChildState, type StateReason, stateReasons, unreadyReasons } from '../telemetry/metrics.js';
import { degradedFrom, latencySeconds, slo } from '../telemetry/objectives.js';
import type { ChildRole } from '../ipc/protocol.js';
import type { DeferredGroup } from '../queue/deferred-jobs.js';
import type { ConditionAge } from './condition-ages.js';

export const serviceStates = ['ready', 'degraded', 'unready'] as const;
export type ServiceStateName = (typeof serviceStates)[number];
export const severities = ['unready', 'degraded'] as const;
export type Severity = (typeof severities)[number];

export interface StateReasonFound {
  readonly reason: StateReason;
  readonly severity: Severity;
  /** One sentence: what it is, since when, what to do. */
  readonly message: string;
}

export interface ServiceState {
  readonly state: ServiceStateName;
  /** Worst first; each reason once. */
  readonly reasons: readonly StateReasonFound[];
}

export interface ChildFact {
  readonly role: ChildRole;
  readonly slot: number;
  readonly state: ChildState;
  /** How the previous process ended; undefined: there was none. */
  readonly lastEnding: string | undefined;
  /** Undefined while it is ready. */
  readonly missing: ConditionAge | undefined;
  /** Why it cannot use Redis, in the words of Redis or the network; undefined: it can. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  readonly recentRestarts: number;
}

/** The facts that determine the state. `recent` covers the last five minutes. */
export interface StateFacts {
  readonly children: readonly ChildFact[];
  /** Why Redis takes no write, in its own words; undefined: it does. */
  readonly redis: (ConditionAge & { readonly problem: string }) | undefined;
  /** Under which Redis would remove jobs; undefined: none is known. */
  readonly evictionPolicy: string | undefined;
  /** What is wrong with the embedded Redis although it may take writes. */
  readonly embeddedRedisProblem: string | undefined;
  /** All recent webhooks that reached Redis were answered 503. */
  readonly acceptsNoWebhook: boolean;
  /** Webhooks answered 503 in the last half minute. */
  readonly refusedWebhooks: number;
  /** Of the latest reload, if it could not be finished. */
  readonly failedReload: { readonly since: string; readonly problem: string } | undefined;
  /** No job is started, by an operator's order. */
  readonly isQueuePaused: boolean;
  /** Undefined: the queue cannot be read. */
  readonly oldestJobAgeSeconds: number | undefined;
  /** Tenants with jobs that ended recently. */
  readonly recentJobs: readonly { readonly tenantId: string; readonly ended: number; readonly failed: number }[];
  readonly deferred: readonly (DeferredGroup & { readonly held: ConditionAge })[];
  /** Context sources that failed recently, and the number of notes written for their tenant meanwhile. */
  readonly recentContextFailures: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly failures: number;
    readonly notes: number;
  }[];
  /** Documents of a source that are not used, or not whole, although the source can be read. */
  readonly contextLeftOut: readonly {
    readonly tenantId: string;
    readonly source: string;
    readonly documents: number;
  }[];
  /** Recent notes that a model wrote, and that fell back to quotation because it failed. */
  readonly recentNotes: { readonly byModel: number; readonly fallback: number };
}

/** Derives the state from the facts; pure. */
export function serviceState(facts: StateFacts): ServiceState {
  const reasons = stateReasons.flatMap((reason): StateReasonFound[] => {
    const message = sentences[reason](facts);
    return message === undefined ? [] : [{ reason, severity: severityOf(reason), message }];
  });
  return { state: stateOf(reasons.map(({ severity }) => severity)), reasons };
}

export function stateOf(found: readonly Severity[]): ServiceStateName {
  if (found.includes('unready')) return 'unready';
  return found.length > 0 ? 'degraded' : 'ready';
}

const unready: ReadonlySet<StateReason> = new Set(unreadyReasons);

function severityOf(reason: StateReason): Severity {
  return unready.has(reason) ? 'unready' : 'degraded';
}

/** Undefined: the reason does not hold. */
type Sentence = (facts: StateFacts) => string | undefined;

const sentences: Readonly<Record<StateReason, Sentence>> = {
  role_not_ready: ({ children }) => {
    const sentences = rolesWithoutReady(children).map((role) => {
      const states = children
        .filter((child) => child.role === role)
        .map((child) => `slot ${child.slot} is ${stateSince(child)}`);
      return `No ${role} child is ready: ${states.join('; ')}; the log says why.`;
    });
    return sentences.length > 0 ? sentences.join(' ') : undefined;
  },
  redis_not_writable: ({ redis }) =>
    redis && `Redis takes no write since ${moment(redis.since)}: ${sentenceOf(redis.problem)}`,
  workers_without_redis: ({ children, redis }) => {
    // If the primary cannot write either, redis_not_writable covers it; if another worker can work, child_missing does.
    if (redis !== undefined || children.some(canWork)) return undefined;
    return listed(
      'No worker can use Redis, although the primary can, so no job is started',
      children.filter(isCutOff),
      cutOffSince,
      'see that workers can open connections (maxclients, open files, network policies), and that their user may do what docs/running.md names',
    );
  },
  // If the primary cannot write either, redis_not_writable covers it.
  no_webhook_accepted: ({ redis, acceptsNoWebhook }) =>
    acceptsNoWebhook && redis === undefined
      ? 'All webhooks are answered 503, although Redis takes a write of the primary; see that new connections to Redis are possible (maxclients) and that its user may use all keys that begin with enhancement:.'
      : undefined,
  webhooks_refused: ({ refusedWebhooks: n }) =>
    n > 0
      ? `${count(n, 'webhook was', 'webhooks were')} answered 503 in the last 30 s because Redis did not take the job in time; see that Redis is reachable, quick and not full.`
      : undefined,
  redis_may_evict: ({ evictionPolicy: policy }) =>
    policy &&
    `Redis removes accepted jobs when its memory is full (maxmemory-policy ${policy}); set its maxmemory-policy to noeviction.`,
  embedded_redis_failing: ({ embeddedRedisProblem: problem }) =>
    problem && `The embedded Redis: ${sentenceOf(problem)}`,
  reload_failed: ({ failedReload: failed }) =>
    failed &&
    `The reload of ${moment(failed.since)} could not be finished: ${sentenceOf(failed.problem)} Mend that and send SIGHUP again.`,
  child_crash_looping: ({ children }) =>
    listed(
      'Children end again and again',
      children.filter(({ recentRestarts }) => recentRestarts >= degradedFrom.restarts),
      (child) => `${child.role} ${child.slot} ${child.recentRestarts} times in 5 minutes${lastEnded(child)}`,
      'the log has the reason of each end',
    ),
  child_missing: ({ children, redis }) => {
    const told = rolesWithoutReady(children);
    const cutOff = redis === undefined && children.some(canWork);
    return listed(
      'Children are missing',
      children.filter(
        (child) =>
          (!told.includes(child.role) && child.missing !== undefined && hasLasted(child.missing)) ||
          (cutOff && isCutOff(child)),
      ),
      (child) => (isCutOff(child) ? cutOffSince(child) : `${child.role} ${child.slot} is ${stateSince(child)}`),
      'the log says why, and the others do the work',
    );
  },
  queue_paused: ({ isQueuePaused }) =>
    isQueuePaused
      ? 'The queue is paused, by an order on the queue page or with another tool: webhooks are accepted, and no job is started. Resume it on the queue page (/queues).'
      : undefined,
  queue_late: ({ isQueuePaused, oldestJobAgeSeconds: age }) =>
    !isQueuePaused && age !== undefined && age > latencySeconds.ticket
      ? `The oldest job has waited for ${Math.floor(age)} s, and the objective for a whole ticket is ${latencySeconds.ticket} s; see whether workers are missing or too few.`
      : undefined,
  tenant_failing: ({ recentJobs }) =>
    listed(
      'Jobs fail',
      recentJobs.filter(
        ({ ended, failed }) =>
          // All of them: a quiet tenant has few.
          failed === ended || (failed >= degradedFrom.failedJobs && (ended - failed) / ended < slo.success),
      ),
      ({ tenantId, ended, failed }) => `${failed} of ${ended} of ${tenantId} in 5 minutes`,
      'each failed job shows its reason',
    ),
  tenant_deferred: ({ deferred }) =>
    listed(
      'Jobs are deferred',
      [...deferred].sort((a, b) => b.jobs - a.jobs),
      ({ tenantId, reason, jobs, held, message }) =>
        `${jobs} of ${tenantId} (${reason}) since ${moment(held.since)}${lastWords(message)}`,
      'they run when the reason has passed',
    ),
  context_unreadable: ({ recentContextFailures }) =>
    listed(
      'Context sources fail',
      recentContextFailures.filter(
        ({ failures, notes }) => failures / Math.max(1, notes) > degradedFrom.contextFailureShare,
      ),
      ({ tenantId, source, failures }) => `${source} of ${tenantId} ${count(failures, 'time', 'times')} in 5 minutes`,
      'notes are written without it; the log says why',
    ),
  context_incomplete: ({ contextLeftOut }) =>
    listed(
      'Context is incomplete',
      contextLeftOut,
      ({ tenantId, source, documents }) =>
        `${count(documents, 'document', 'documents')} in ${source} of ${tenantId} left out, in whole or in part`,
      '`ticket-enhancer check` names those in files; others are over a limit of docs/tenants.md',
    ),
  model_fallback: ({ recentNotes: { byModel, fallback } }) =>
    fallback >= degradedFrom.fallbackNotes && fallback / (byModel + fallback) > degradedFrom.fallbackShare
      ? `The language model failed for ${fallback} of ${byModel + fallback} notes in 5 minutes, which quote what was found instead; the log has the endpoint's answers.`
      : undefined,
};

function rolesWithoutReady(children: readonly ChildFact[]): ChildRole[] {
  return (['http', 'worker'] as const).filter((role) => {
    const ofRole = children.filter((child) => child.role === role);
    return ofRole.length > 0 && ofRole.every(({ state }) => state !== 'ready');
  });
}

function hasLasted({ forMs }: ConditionAge): boolean {
  return forMs >= degradedFrom.missingMs;
}

/** It is ready, and can take no job. */
function isCutOff({ state, redis }: ChildFact): boolean {
  return state === 'ready' && redis !== undefined && hasLasted(redis);
}

function canWork(child: ChildFact): boolean {
  return child.role === 'worker' && child.state === 'ready' && !isCutOff(child);
}

function cutOffSince({ role, slot, redis }: ChildFact): string {
  return redis === undefined
    ? `${role} ${slot}`
    : `${role} ${slot} cannot use Redis since ${moment(redis.since)}${lastWords(redis.problem)}`;
}

function stateSince(child: ChildFact): string {
  const since = child.missing === undefined ? '' : ` since ${moment(child.missing.since)}`;
  return `${child.state}${since}${lastEnded(child)}`;
}

function lastEnded({ lastEnding }: ChildFact): string {
  return lastEnding === undefined ? '' : ` (last ended: ${lastEnding})`;
}

/** Names in one sentence at most. */
const namedAtMost = 3;

function listed<T>(what: string, all: readonly T[], describe: (one: T) => string, advice: string): string | undefined {
  if (all.length === 0) return undefined;
  const more = all.length > namedAtMost ? `; and ${all.length - namedAtMost} more` : '';
  return `${what}: ${all.slice(0, namedAtMost).map(describe).join('; ')}${more}; ${advice}.`;
}

/** Characters of a quoted message; its beginning says what is wrong. `jobs deferred` shows all of it. */
const longestWords = 200;

/** Of the other side, and ours of what to do. Between quotation marks, because they are sentences in a sentence. */
function lastWords(message: string): string {
  const words = message.replace(/\s+/g, ' ').trim();
  if (words === '') return '';
  const shown = words.length <= longestWords ? words : `${words.slice(0, longestWords).replace(/\s\S*$/, '')} …`;
  return `, “${shown.replace(/\.$/, '')}”`;
}

function count(n: number, one: string, many: string): string {
  return `${n} ${n === 1 ? one : many}`;
}

/** `2026-11-28 10:03:11 UTC`: with the date, because it may have been so since yesterday. */
function moment(iso: string): string {
  return `${iso.slice(0, 19).replace('T', ' ')} UTC`;
}

function sentenceOf(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}
