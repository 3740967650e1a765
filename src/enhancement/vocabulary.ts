/** Words of the domain that are read outside of it as well: in metrics, on the status page, at the local desk. */

export const contextSources = ['ticket_history', 'knowledge_base', 'inventory'] as const;
export type ContextSourceName = (typeof contextSources)[number];

export const pipelineSteps = ['context_gathering', 'llm_synthesis', 'ticket_update'] as const;
export type PipelineStep = (typeof pipelineSteps)[number];

/** How a note's text came about. */
export const synthesisModes = ['llm', 'extractive', 'fallback'] as const;
export type SynthesisMode = (typeof synthesisModes)[number];
