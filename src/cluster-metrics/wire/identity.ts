/**
 * What tells one process from another.
 *
 * Must not know: how a process is started.
 */
/** Labels that tell one process of the cluster from the others, such as `{ role: 'http', slot: '0' }`. */
export type Identity = Readonly<Record<string, string>>;

/** What a person needs to find a process; never a label, as it is another after each restart. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it was started, epoch milliseconds: a pid is used again. */
  readonly startedMs: number;
}
