/**
 * The children that report, each with what tells it from the others.
 *
 * Must not know: what they report.
 */
import type { Identity, ProcessFacts } from '../wire/identity.js';
import type { ChildLink } from '../wire/transport.js';
import type { ChildReport } from './aggregate-contract.js';
import { Source, type SourceState } from './source.js';

export class Children {
  readonly #sources = new Map<ChildLink, Source>();

  /** A child has said hello. */
  add(link: ChildLink, told: Identity, state: SourceState, nowMs: number, process?: ProcessFacts): void {
    this.#sources.set(link, new Source(this.#identityOf(link, told), state, nowMs, process));
  }

  /** @returns what is known of a child that has said hello */
  get(link: ChildLink): Source | undefined {
    return this.#sources.get(link);
  }

  /** @param workerId in `cluster.workers` */
  ofCluster(workerId: number): readonly [ChildLink, Source] | undefined {
    for (const child of this.#sources) if (child[0].kind === 'cluster' && child[0].id === workerId) return child;
    return undefined;
  }

  delete(link: ChildLink): void {
    this.#sources.delete(link);
  }

  [Symbol.iterator](): Iterator<readonly [ChildLink, Source]> {
    return this.#sources[Symbol.iterator]();
  }

  /**
   * A child of the cluster is told from others by its worker's id at least. Any other that tells no slot gets the lowest that
   * none of its role has, so that its series are its own and a process that is started anew has its predecessor's.
   */
  #identityOf({ kind }: ChildLink, told: Identity): Identity {
    if (kind === 'cluster' || told['slot'] !== undefined) return told;
    const role = told['role'] ?? (kind === 'thread' ? 'thread' : 'process');
    const taken = new Set<string | undefined>();
    for (const { identity } of this.#sources.values()) if (identity['role'] === role) taken.add(identity['slot']);
    let slot = 0;
    while (taken.has(String(slot))) slot += 1;
    return { ...told, role, slot: String(slot) };
  }
}

export function reportOf(
  [{ kind }, source]: readonly [ChildLink, Source],
  nowMs: number,
  staleAfterMs: number,
): ChildReport {
  const { identity, process, lastReportMs } = source;
  const ageMs = nowMs - lastReportMs;
  const state = source.state === 'incompatible' ? source.state : ageMs > staleAfterMs ? 'stale' : 'reporting';
  return { kind, identity, ...(process ? { process } : {}), state, ageMs };
}
