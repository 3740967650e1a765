import { within } from './timing/within.js';

/** One step of a stop. Steps run one after the other. */
export interface StopStep {
  /** Names the step in the log if it does not end. */
  readonly name: string;
  /** The next step begins after this time even if this one has not ended. Milliseconds; default: 1000, to close something. */
  readonly withinMs?: number;
  run(): Promise<void> | void;
}

/** A step that failed or did not end. */
export interface StopFault {
  readonly step: string;
  /** The error that the step threw; undefined: it did not end in time, or was not started. */
  readonly error: unknown;
}

/** Time of a step that only closes something. Milliseconds. */
const closeWithinMs = 1000;

/** How much longer than the drain a whole stop may take. Milliseconds. */
export const stopGraceMs = 5000;

/** A step with less time than this is not started, because a timer may fire a millisecond early. Milliseconds. */
const shortestStepMs = 2;

/** Runs the steps. Resolves after `boundMs` milliseconds at the latest, even if a step hangs. */
export async function stopInSteps(steps: readonly StopStep[], boundMs: number): Promise<readonly StopFault[]> {
  const endMs = performance.now() + boundMs;
  const faults: StopFault[] = [];
  for (const step of steps) {
    const leftMs = endMs - performance.now();
    const withinMs = Math.min(step.withinMs ?? closeWithinMs, Math.ceil(leftMs)); // a timer rounds down
    if (leftMs < shortestStepMs) faults.push({ step: step.name, error: undefined });
    else faults.push(...(await within(withinMs, runStep(step), () => [{ step: step.name, error: undefined }])));
  }
  return faults;
}

async function runStep(step: StopStep): Promise<readonly StopFault[]> {
  try {
    await step.run();
    return [];
  } catch (error) {
    return [{ step: step.name, error }];
  }
}
