import { messageOf } from '../../logging/describe-error.js';
import { within } from '../../timing/within.js';

/** A result of a check. The text says what was found and, unless it is ok, what to do. */
export interface Finding {
  readonly subject: string;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly text: string;
}

/** One check, within a deadline. It does not throw for the problems that it looks for. */
export interface Check {
  /** Shown while it runs. */
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
    `This check did not end within ${deadlineMs / 1000} s. Run it again; if that does not help, check the network.`,
  );
  const found = check.run(stop.signal).catch((error: unknown) => [failed(check.title, messageOf(error))]);
  return within(deadlineMs, found, () => {
    stop.abort();
    return [overdue];
  });
}
