import { writeSync } from 'node:fs';
import { constants } from 'node:os';
import type { ReadStream, WriteStream } from 'node:tty';

/** A terminal's whole screen, borrowed: what was there before comes back, however the process ends. */
export interface Screen {
  readonly columns: number;
  readonly rows: number;
  draw(lines: readonly string[]): void;
  /** Aborts when somebody wants to leave. */
  readonly closing: AbortSignal;
  close(): void;
}

/** For a terminal that does not know its size and says 0. */
const usualColumns = 80;
const usualRows = 24;

const enter = '\u001b[?1049h\u001b[?25l';
const leave = '\u001b[?25h\u001b[?1049l';
/** q, Ctrl-C, Ctrl-D: in raw mode a terminal makes no signals of them. */
const leavingKeys = /[qQ\u0003\u0004]/; // oxlint-disable-line no-control-regex
const endingSignals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;

export function openScreen(
  stdin: ReadStream,
  stdout: WriteStream & { readonly fd: number },
  onResize: () => void,
): Screen {
  const closing = new AbortController();
  let open = true;

  // Synchronous, because nothing that is still waiting is written once a process exits.
  const restore = (): void => {
    if (!open) return;
    open = false;
    try {
      stdin.setRawMode(false);
      writeSync(stdout.fd, leave);
    } catch {
      return; // the terminal is gone, as after a lost connection
    }
  };
  const onKey = (key: Buffer): void => {
    if (leavingKeys.test(key.toString())) closing.abort();
  };
  const onSignal = (signal: NodeJS.Signals): void => {
    restore();
    process.exit(128 + constants.signals[signal]);
  };

  process.once('exit', restore);
  // Before Node prints what happened, so that it stays readable.
  process.once('uncaughtExceptionMonitor', restore);
  for (const signal of endingSignals) process.on(signal, onSignal);
  stdin.setRawMode(true);
  stdin.resume();
  stdin.on('data', onKey);
  stdin.once('end', () => closing.abort());
  stdout.on('resize', onResize);
  stdout.write(enter);

  return {
    get columns() {
      return stdout.columns || usualColumns;
    },
    get rows() {
      return stdout.rows || usualRows;
    },
    // One write, each line over the one of before: nothing flickers, and little goes over a slow line.
    draw: (lines) => {
      if (open) stdout.write(`\u001b[H${lines.map((line) => `${line}\u001b[K`).join('\r\n')}\u001b[J`);
    },
    closing: closing.signal,
    close() {
      restore();
      stdin.off('data', onKey);
      stdin.pause();
      stdout.off('resize', onResize);
      for (const signal of endingSignals) process.off(signal, onSignal);
    },
  };
}
