import { withoutKnownSecrets } from '../../logging/known-secrets.js';
import { type StateReason, stateReasons, unreadyReasons } from '../../telemetry/catalog.js';
import type { StateFacts } from './state-facts.js';
import { messageOfReason } from './state-reasons.js';

export const serviceStates = ['ready', 'degraded', 'unready'] as const;
export type ServiceStateName = (typeof serviceStates)[number];
export const severities = ['unready', 'degraded'] as const;
export type Severity = (typeof severities)[number];

export interface StateReasonFound {
  readonly reason: StateReason;
  readonly severity: Severity;
  /** One sentence: what is wrong, since when, what to do. */
  readonly message: string;
}

export interface ServiceState {
  readonly state: ServiceStateName;
  /** Worst first; each reason once. */
  readonly reasons: readonly StateReasonFound[];
}

/** Derives the state from the facts; pure. */
export function serviceState(facts: StateFacts): ServiceState {
  const reasons = stateReasons.flatMap((reason): StateReasonFound[] => {
    const message = messageOfReason[reason](facts);
    // Problems in it are of many sources, and anybody who may ask for the state reads it.
    return message === undefined
      ? []
      : [{ reason, severity: severityOf(reason), message: withoutKnownSecrets(message) }];
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
