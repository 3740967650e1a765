/** Words of the domain that are read outside of it as well: in metrics, on the status page, at the local desk. */

export const contextSources = ['ticket_history', 'knowledge_base', 'inventory'] as const;
export type ContextSourceName = (typeof contextSources)[number];

export const pipelineSteps = ['context_gathering', 'llm_synthesis', 'ticket_update'] as const;
export type PipelineStep = (typeof pipelineSteps)[number];

/** How a note's text came about. */
export const writtenModes = ['llm', 'extractive', 'fallback'] as const;
export type WrittenMode = (typeof writtenModes)[number];

/** `none`: nothing was found, and no note was written. */
export const synthesisModes = [...writtenModes, 'none'] as const;
export type SynthesisMode = (typeof synthesisModes)[number];

/** What a model endpoint can refuse and a request can do without, or say in another way. */
export const refusedParameters = [
  'token_limit',
  'output_tokens',
  'prompt',
  'temperature',
  'response_format',
  'system_message',
  'stream',
  'unnamed',
] as const;
export type RefusedParameter = (typeof refusedParameters)[number];

/** How a request to repair a model's answer ended. */
export const repairOutcomes = ['repaired', 'failed'] as const;
export type RepairOutcome = (typeof repairOutcomes)[number];

/** Whether the resolution of a ticket has to do with a source that the ticket's note cited. */
export const citationOutcomes = ['named', 'resembled', 'unrelated'] as const;
export type CitationOutcome = (typeof citationOutcomes)[number];

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
