/**
 * When everything that an exited process sent has been read, where the end of its channel is not told.
 *
 * Must not know: what it sent, nor by which channel.
 */

/**
 * How long a process that has exited must be silent until nothing more is expected of it. Milliseconds. Its last messages lie
 * in the kernel's buffer by then, so this is the time in which the primary gets round to reading them.
 */
const silenceMs = 1000;

/**
 * `disconnect`, the end of an IPC channel, comes after the last message; `exit` may come before it. But a process that ends
 * between asking for a listening socket and acknowledging it never makes Node emit `disconnect` (`_handleQueue` in Node's
 * child_process waits for the acknowledgement), so after `exit` silence is enough.
 *
 * @param messages how many have been read so far
 */
export function onSilence(messages: () => number, silent: () => void): void {
  const before = messages();
  setTimeout(() => {
    // Timers run before reading: if the primary was blocked meanwhile, this lets it read first.
    setImmediate(() => {
      if (messages() === before) silent();
      else onSilence(messages, silent);
    });
  }, silenceMs).unref();
}
