/**
 * What is kept of each job's note: nothing, a claim ("an attempt may post under it"), or done. A claim settles at a time
 * of the store's clock, the only one that all workers share; before that the desk may still act on its request.
 */
export type NoteState =
  | { readonly kind: 'none' }
  | {
      readonly kind: 'claimed';
      /** Changes with each claim, and whenever the time changes at which it settles. */
      readonly version: string;
      /** 0 or less: it has settled. */
      readonly settlesInMs: number;
    }
  | { readonly kind: 'done' };

export type ClaimReply =
  | 'claimed'
  | 'done'
  /** The state is not the one that was seen any more. */
  | 'changed'
  /** Another worker has the job. */
  | 'lock-lost';

export interface NoteClaim {
  /** Unique. */
  readonly id: string;
  /** From the moment in which the store grants it; the longest time that its request can matter. */
  readonly settlesInMs: number;
}

/** The note of one job, as seen by one attempt that holds the job's lock. Every step is done whole or not at all. */
export interface NoteStore {
  /** @param longestMs a claim that settles later than this from now was made under another clock, and settles then */
  read(longestMs: number): Promise<NoteState>;
  /** Only while this attempt holds the job's lock, and only if the state is still the one that was seen. */
  claim(claim: NoteClaim, seen: NoteState): Promise<ClaimReply>;
  /** Counts the claim's time anew, from now, if the claim still stands. */
  settle(claim: NoteClaim): Promise<void>;
  /** Removes the claim if it still stands. */
  withdraw(claimId: string): Promise<void>;
  setDone(): Promise<void>;
}
