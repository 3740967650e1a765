/**
 * When a cluster child is gone and everything that it sent has been read.
 *
 * Must not know: what it sent.
 */
import cluster, { type Worker } from 'node:cluster';

/**
 * How long a child that has exited must be silent until nothing more is expected of it. Milliseconds. Its last frames lie
 * in the kernel's buffer by then, so this is the time in which the primary gets round to reading them.
 */
const silenceMs = 1000;

/**
 * Calls back when a child is gone and everything that it sent has been read.
 *
 * That is at `disconnect`, the end of its channel. `exit` alone may come while frames are still unread. But a child that
 * ends between asking for a listening socket and acknowledging it never makes Node emit `disconnect`
 * (`_handleQueue` in Node's child_process waits for the acknowledgement), so after `exit` silence is enough.
 *
 * @param lastHeardMs when the child last sent something; undefined: never, or it is known to be gone
 * @returns stops calling back
 */
export function onChildGone(
  lastHeardMs: (workerId: number) => number | undefined,
  gone: (workerId: number) => void,
): () => void {
  const disconnected = (worker: Worker): void => gone(worker.id);
  const exited = (worker: Worker): void => awaitSilence(worker.id, lastHeardMs(worker.id));
  let stopped = false;

  const awaitSilence = (workerId: number, heardMs: number | undefined): void => {
    const timer = setTimeout(() => {
      // Timers run before reading: if the primary was blocked meanwhile, this lets it read first.
      setImmediate(() => {
        const latestMs = lastHeardMs(workerId);
        if (stopped || latestMs === undefined) return;
        if (latestMs === heardMs) gone(workerId);
        else awaitSilence(workerId, latestMs);
      });
    }, silenceMs);
    timer.unref();
  };

  cluster.on('disconnect', disconnected);
  cluster.on('exit', exited);
  return () => {
    stopped = true;
    cluster.off('disconnect', disconnected);
    cluster.off('exit', exited);
  };
}
