import { z } from 'zod';
import { type ServiceState, serviceStates } from './service-state.js';

export const readinessSchema = z.object({
  ready: z.boolean(),
  state: z.enum(serviceStates).describe('`degraded` is ready; /status has its reasons.'),
  reasons: z.array(z.string()).readonly().describe('A sentence for each thing that makes it unready.'),
});
export type Readiness = Readonly<z.infer<typeof readinessSchema>>;

/** The answer of `/readyz`, which needs no token: reasons of a degraded state name tenants, and are on `/status` only. */
export function readinessOf({ state, reasons }: ServiceState): Readiness {
  return {
    ready: state !== 'unready',
    state,
    reasons: reasons.flatMap(({ severity, message }) => (severity === 'unready' ? [message] : [])),
  };
}
