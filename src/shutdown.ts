import { within } from './timing/within.js';

/** One thing to be done for a stop. Steps run one after the other. */
export interface StopStep {
  /** As the log names it when it does not end. */
  readonly name: string;
  /** After this the next step begins all the same. Milliseconds. */
  readonly withinMs: number;
  run(): Promise<void> | void;
}

/** A step that did not do what it should. */
export interface StopFault {
  readonly step: string;
  /** What it threw; undefined: it had not ended in its time, or its turn never came. */
  readonly error: unknown;
}

/** How much longer than its drain a whole stop may take. Milliseconds. */
export const stopGraceMs = 5000;

/** Runs the steps, and resolves by `boundMs` at the latest, whatever hangs. */
export async function stopInSteps(steps: readonly StopStep[], boundMs: number): Promise<readonly StopFault[]> {
  const endMs = performance.now() + boundMs;
  const faults: StopFault[] = [];
  for (const step of steps) {
    const withinMs = Math.min(step.withinMs, endMs - performance.now());
    if (withinMs < 1) faults.push({ step: step.name, error: undefined });
    else faults.push(...(await runStep(step, withinMs)));
  }
  return faults;
}

async function runStep(step: StopStep, withinMs: number): Promise<readonly StopFault[]> {
  const run = async (): Promise<readonly StopFault[]> => {
    try {
      await step.run();
      return [];
    } catch (error) {
      return [{ step: step.name, error }];
    }
  };
  return within(withinMs, run(), () => [{ step: step.name, error: undefined }]);
}
