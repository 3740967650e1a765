import type { ChannelListener, ChildChannel } from '../../src/cluster-metrics/index.js';

/** A channel without a way back. */
export function oneWayChannel(send: ChildChannel['send']): ChildChannel {
  let listener: ChannelListener | undefined;
  return {
    send: (message, done) =>
      send(message, (error) => {
        if (error !== null) listener?.closed(error);
        done(error);
      }),
    open(opened) {
      listener = opened;
      listener.opened();
      return () => undefined;
    },
  };
}
