import { z } from 'zod';
import type { ChildStatus } from './supervisor.js';

export const readinessSchema = z.object({
  ready: z.boolean(),
  reasons: z.array(z.string()).readonly().describe('A sentence for each thing that is missing.'),
});
export type Readiness = Readonly<z.infer<typeof readinessSchema>>;

/**
 * Ready when each role that is configured has a child that serves, and Redis answers.
 *
 * @param queueProblem why Redis cannot be used, if so
 */
export function readinessOf(children: readonly ChildStatus[], queueProblem: string | undefined): Readiness {
  const reasons: string[] = [];
  for (const role of ['http', 'worker'] as const) {
    const ofRole = children.filter((child) => child.role === role);
    if (ofRole.length === 0 || ofRole.some(({ state }) => state === 'ready')) continue;
    const states = ofRole.map(({ slot, state, lastRestart }) => {
      const why = lastRestart ? ` (last ended: ${lastRestart.detail})` : '';
      return `slot ${slot} is ${state}${why}`;
    });
    reasons.push(`No ${role} child is ready: ${states.join('; ')}.`);
  }
  if (queueProblem !== undefined) reasons.push(queueProblem);
  return { ready: reasons.length === 0, reasons };
}
