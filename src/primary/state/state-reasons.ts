import type { StateReason } from '../../telemetry/catalog.js';
import { degradedFrom, latencySeconds, slo } from '../../telemetry/objectives.js';
import {
  canWork,
  cutOffSince,
  isCutOff,
  isMissing,
  lastEnded,
  rolesWithoutReady,
  stateSince,
} from './child-conditions.js';
import { count, quotation, listed, moment, sentenceOf } from './reason-text.js';
import type { StateFacts } from './state-facts.js';

/** @returns one sentence for an operator; undefined: the reason does not hold */
type Rule = (facts: StateFacts) => string | undefined;

/** When each reason holds, and its message. The thresholds are those of {@link degradedFrom}. */
export const messageOfReason: Readonly<Record<StateReason, Rule>> = {
  role_not_ready: ({ children }) => {
    const sentences = rolesWithoutReady(children).map((role) => {
      const ofRole = children.filter((child) => child.role === role);
      const states = ofRole.map((child) => `slot ${child.slot} is ${stateSince(child)}`);
      // Of a first start, the log has nothing yet.
      const advice = ofRole.some(({ lastEnding }) => lastEnding !== undefined) ? '; the log says why' : '';
      return `No ${role} child is ready: ${states.join('; ')}${advice}.`;
    });
    return sentences.length > 0 ? sentences.join(' ') : undefined;
  },
  redis_not_writable: ({ redis, isRedisEmbedded }) => {
    if (redis === undefined) return undefined;
    const advice = isRedisEmbedded
      ? 'See the disk of DATA_DIR, and redis.log in it.'
      : 'Correct that at Redis, which needs no restart of the service; after a change of REDIS_URL restart it.';
    return `Redis takes no write since ${moment(redis.since)}: ${sentenceOf(redis.problem)} ${advice}`;
  },
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
  webhooks_rejected: ({ rejectedTenants }) =>
    listed(
      'All webhooks are rejected',
      rejectedTenants.filter(({ webhooks }) => webhooks >= degradedFrom.rejectedWebhooks),
      ({ tenantId, webhooks }) => `${webhooks} of ${tenantId} in 5 minutes`,
      'the log line “rejected” of each says why: correct the secret or the clock (401), or the fields that the desk sends (422)',
    ),
  redis_may_evict: ({ evictionPolicy: policy }) =>
    policy &&
    `Redis removes accepted jobs when its memory is full (maxmemory-policy ${policy}); set its maxmemory-policy to noeviction.`,
  embedded_redis_failing: ({ embeddedRedisProblem: problem }) => problem && sentenceOf(problem),
  reload_failed: ({ failedReload: failed }) =>
    failed &&
    `The reload of ${moment(failed.since)} could not be finished: ${sentenceOf(failed.problem)} Correct that and send SIGHUP again.`,
  child_crash_looping: ({ children }) =>
    listed(
      'Children end again and again',
      children.filter(({ recentRestarts }) => recentRestarts >= degradedFrom.restarts),
      (child) => `${child.role} ${child.slot} ${child.recentRestarts} times in 5 minutes${lastEnded(child)}`,
      'the log has the reason of each end',
    ),
  child_missing: ({ children, redis }) => {
    // role_not_ready covers roles without a ready child, workers_without_redis the lack of any worker that can work.
    const covered = rolesWithoutReady(children);
    const oneCanWork = redis === undefined && children.some(canWork);
    return listed(
      'Children are missing',
      children.filter(
        (child) => (isMissing(child) && !covered.includes(child.role)) || (oneCanWork && isCutOff(child)),
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
        `${jobs} of ${tenantId} (${reason}) since ${moment(held.since)}${quotation(message)}`,
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
  model_fallback: ({ recentNotes: { byModel, fallback }, modelFailure }) => {
    const notes = byModel + fallback;
    if (fallback < degradedFrom.fallbackNotes || fallback / notes <= degradedFrom.fallbackShare) return undefined;
    const failed = `The language model failed for ${fallback} of ${notes} notes in 5 minutes, which quote what was found instead`;
    if (modelFailure === undefined) return `${failed}; the log has each failure.`;
    const { model, tenantId, message } = modelFailure;
    return `${failed}; the latest failure: ${model} for ${tenantId}${quotation(message)}; the log has the others.`;
  },
};
