import { messageOf } from '../../logging/describe-error.js';
import { within } from '../../timing/within.js';

/** What a check found: fine, worth a look, or in the way. The text says what it is, and what to do unless it is fine. */
export interface Finding {
  readonly subject: string;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly text: string;
}

/** One thing to look at, within a deadline. A check never throws for what it was made to find. */
export interface Check {
  /** What is shown while it runs. */
  readonly title: string;
  run(signal: AbortSignal): Promise<readonly Finding[]>;
}

export const ok = (subject: string, text: string): Finding => ({ subject, level: 'ok', text });
export const warning = (subject: string, text: string): Finding => ({ subject, level: 'warning', text });
export const failed = (subject: string, text: string): Finding => ({ subject, level: 'failed', text });

/** @returns what was found, or that the check did not end in time */
export async function runCheck(check: Check, deadlineMs: number): Promise<readonly Finding[]> {
  const stop = new AbortController();
  const overdue = failed(
    check.title,
    `This check did not end within ${deadlineMs / 1000} s. Run it again; if it lasts, look at the network in between.`,
  );
  const found = check.run(stop.signal).catch((error: unknown) => [failed(check.title, messageOf(error))]);
  return within(deadlineMs, found, () => {
    stop.abort();
    return [overdue];
  });
}
