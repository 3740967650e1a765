/** Words of the domain that are read outside of it as well: in metrics, on the status page, at the local desk. */

export const contextSources = ['ticket_history', 'knowledge_base', 'inventory'] as const;
export type ContextSourceName = (typeof contextSources)[number];

export const pipelineSteps = ['context_gathering', 'llm_synthesis', 'ticket_update'] as const;
export type PipelineStep = (typeof pipelineSteps)[number];

/** How a note's text came about. */
export const synthesisModes = ['llm', 'extractive', 'fallback'] as const;
export type SynthesisMode = (typeof synthesisModes)[number];

/** Why a job is deferred. */
export const deferralReasons = [
  'desk_unavailable',
  'desk_throttled',
  'credential_refused',
  'redis_unavailable',
  'model_unavailable',
  'tenant_unknown',
  'job_version',
] as const;
export type DeferralReason = (typeof deferralReasons)[number];

/** What a tenant wants where its language model is unavailable: a note without it, or the note later. */
export type WhenUnavailable = 'fallback' | 'wait';
