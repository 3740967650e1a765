/**
 * The channel of a process that was started with `cluster.fork()` or `child_process.fork()`, at its own end.
 *
 * Must not know: what the messages mean.
 */
import type { ChildChannel } from './transport.js';

export const ipcChannel: ChildChannel = {
  open(listener) {
    const { message } = listener;
    const closed = (): void => listener.closed(new Error('The primary has closed the IPC channel, or has ended.'));
    process.on('message', message);
    process.on('disconnect', closed);
    listener.opened();
    return () => {
      process.off('message', message);
      process.off('disconnect', closed);
    };
  },
  send(message, done) {
    if (process.send !== undefined && process.connected) process.send(message, undefined, undefined, done);
    else process.nextTick(done, new Error('The IPC channel is closed.'));
  },
};
