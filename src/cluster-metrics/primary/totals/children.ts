/**
 * The processes that report: what tells one from the others, and what its small integers stand for.
 * Must not know: what is done with a report.
 */
import type { Identity, ProcessFacts } from '../../wire/protocol.js';
import type { ChildLink } from '../../wire/channels/transport.js';
import type { ChildReport } from '../contract.js';
import type { LabelPairs } from '../printing/exposition.js';
import type { Contributor, Family, Series } from './family.js';

/** A metric as one process introduced it. */
export interface IntroducedMetric {
  readonly family: Family;
  /** For each label of the family: where its value is among those that this process gives. */
  readonly positions: readonly number[];
  /** What this process adds to the labels of all series. */
  readonly constantLabels: LabelPairs;
}

/** A child, or the primary itself. What is reported of an id that is not here was refused or has left: it is passed over. */
export class Source implements Contributor {
  readonly metrics = new Map<number, IntroducedMetric>();
  readonly series = new Map<number, Series>();
  /** Has not reported for so long that its live gauges do not count. */
  stale = false;

  constructor(
    readonly identity: Identity,
    readonly state: 'reporting' | 'incompatible',
    /** Milliseconds of a monotonic clock. */
    public lastReportMs: number,
    readonly process?: ProcessFacts,
  ) {}
}

/**
 * A child of the cluster is told from others by its worker's id at least. Any other that tells no slot gets the lowest that
 * none of its role has, so that its series are its own and a process that is started anew has its predecessor's.
 */
export function identityAmong(others: Iterable<Source>, { kind }: ChildLink, told: Identity): Identity {
  if (kind === 'cluster' || told['slot'] !== undefined) return told;
  const role = told['role'] ?? (kind === 'thread' ? 'thread' : 'process');
  const taken = new Set<string | undefined>();
  for (const { identity } of others) if (identity['role'] === role) taken.add(identity['slot']);
  let slot = 0;
  while (taken.has(String(slot))) slot += 1;
  return { ...told, role, slot: String(slot) };
}

export function reportOf({ kind }: ChildLink, source: Source, nowMs: number, staleAfterMs: number): ChildReport {
  const { identity, process, lastReportMs } = source;
  const ageMs = nowMs - lastReportMs;
  const state = source.state === 'incompatible' ? source.state : ageMs > staleAfterMs ? 'stale' : 'reporting';
  return { kind, identity, ...(process ? { process } : {}), state, ageMs };
}
