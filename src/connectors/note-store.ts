/**
 * The record of a job's note: none, a claim under which an attempt may post, or done. A claim settles at a time of the store's
 * clock, which all workers share; before that the desk may still act on its request.
 */
export type NoteState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'claimed';
      /** Changes with each claim, and with the time at which it settles. */
      readonly version: string;
      /** 0 or less: it has settled. */
      readonly settlesInMs: number;
    }
  | { readonly kind: 'done' };

export type ClaimReply =
  | 'claimed'
  | 'done'
  /** The state has changed since it was read. */
  | 'changed'
  /** Another worker has the job. */
  | 'lock-lost';

export interface NoteClaim {
  /** Unique. */
  readonly id: string;
  /** Time from the grant of the claim until its request can have no effect any more. Milliseconds. */
  readonly settlesInMs: number;
}

/** The record of one job's note, used by an attempt that holds the job's lock. Every step is atomic. */
export interface NoteStore {
  /** @param longestMs a claim that settles later than this from now was made under a wrong clock, and settles after this time */
  read(longestMs: number): Promise<NoteState>;
  /** Granted only while this attempt holds the job's lock, and only if the state is still the one that was read. */
  claim(claim: NoteClaim, seen: NoteState): Promise<ClaimReply>;
  /** Restarts the claim's time from now, if the claim is still in place. */
  settle(claim: NoteClaim): Promise<void>;
  /** Removes the claim, if it is still in place. */
  withdraw(claimId: string): Promise<void>;
  setDone(): Promise<void>;
}
