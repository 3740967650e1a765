import { type FromChild, type FromPrimary, parseFromPrimary } from './ipc/control-protocol.js';

/** A child's end of the channel to the primary. */

export type StartMessage = Extract<FromPrimary, { type: 'te:start' }>;

/** Sends nothing if the primary has exited: the `disconnect` event handles that, not each message. */
export function tell(message: FromChild): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

/** Sends the message and ends the process from its callback: messages that are queued when a process exits are lost. */
export function tellAndExit(message: FromChild, code: number): void {
  if (process.connected) process.send?.(message, undefined, undefined, () => process.exit(code));
  else process.exit(code);
}

export interface PrimaryMessages {
  readonly receive: (message: FromPrimary) => void;
  /** The primary is of a release with this version of the protocol. */
  readonly onOtherVersion: (version: number) => void;
  /** A message of the protocol that this version does not know. */
  readonly onUnrecognised: () => void;
}

export function listenToPrimary({ receive, onOtherVersion, onUnrecognised }: PrimaryMessages): void {
  process.on('message', (value: unknown) => {
    const parsed = parseFromPrimary(value);
    switch (parsed.kind) {
      case 'foreign':
        return;
      case 'unrecognised':
        onUnrecognised();
        return;
      case 'version-mismatch':
        onOtherVersion(parsed.version);
        return;
      case 'message':
        receive(parsed.message);
    }
  });
}
