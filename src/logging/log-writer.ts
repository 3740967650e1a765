import { messageOf } from './describe-error.js';

/** How long a line waits for a full pipe before it is dropped. Milliseconds. */
const patienceMs = 1000;
const retryMs = 2;

export interface LineWriterOptions {
  /** Writes some of the bytes and returns their number, as `writeSync`. @throws EAGAIN when a pipe is full */
  readonly write: (bytes: Uint8Array) => number;
  /** The line that reports how many lines before it are missing, and why. */
  readonly describeLost: (lines: number, why: string) => string;
}

/**
 * Writes each line synchronously, so that the last lines before an exit are not lost. A line that cannot be written, because
 * the disk or the pipe is full, is dropped and counted: a log must neither end nor block the service.
 */
export function createLogWriter({ write, describeLost }: LineWriterOptions): { write(line: string): void } {
  let lost = 0;
  let why = '';
  let torn = false;

  /** @throws the last error of `write`; `torn` is then true if only a part of the bytes was written */
  const writeAll = (bytes: Uint8Array, waitMs: number): void => {
    const endMs = performance.now() + waitMs;
    for (let at = 0; at < bytes.length; ) {
      try {
        at += write(bytes.subarray(at));
        torn = at < bytes.length;
      } catch (error) {
        if (!isFull(error) || performance.now() >= endMs) throw error;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, retryMs);
      }
    }
  };

  return {
    write(line) {
      const missing = lost === 0 ? '' : describeLost(lost, why);
      try {
        // Only the first of the dropped lines waits for the pipe.
        writeAll(Buffer.from(`${torn ? '\n' : ''}${missing}${line}`), lost === 0 ? patienceMs : 0);
        lost = 0;
      } catch (error) {
        lost += 1;
        why = messageOf(error);
      }
    },
  };
}

function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EAGAIN';
}
