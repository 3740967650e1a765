/**
 * What tells one process from another.
 *
 * Must not know: how a process is started.
 */
/** Labels that tell one process of the cluster from the others, such as `{ role: 'http', slot: '0' }`. */
export type Identity = Readonly<Record<string, string>>;
