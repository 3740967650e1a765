/**
 * What children tell the primary about metrics and what the primary asks of them, in both directions. The channel may carry
 * messages of others: each side takes what is its own by its type. Metrics and series are introduced once, under small
 * integers that are the reporter's own; after that only numbers travel, in flat arrays, because those are what both of
 * Node's IPC serializations move fastest.
 * Must not know: either side, nor how messages travel.
 */
import type { MergeRule, Retention } from './definition.js';

export const protocolVersion = 2;

/** Labels that tell one process of the cluster from the others, such as `{ role: 'http', slot: '0' }`. */
export type Identity = Readonly<Record<string, string>>;

/** What a person needs to find a process; never a label, as it is another after each restart. */
export interface ProcessFacts {
  readonly pid: number;
  /** When it was started, epoch milliseconds: a pid is used again. */
  readonly startedMs: number;
}

/** The first message of a child. */
export interface Hello {
  readonly type: 'cluster-metrics:hello';
  readonly version: number;
  readonly identity: Identity;
  readonly process?: ProcessFacts;
  /** On a socket: tells that two connections are of one process. */
  readonly token?: string;
}

/** The first message on the second connection to a socket. */
export interface ReportLine {
  readonly type: 'cluster-metrics:reports';
  /** The same as in the hello, on the first connection. */
  readonly token: string;
}

const metricTypes = ['counter', 'gauge', 'histogram', 'summary'] as const;
export type MetricType = (typeof metricTypes)[number];

export function isMetricType(type: unknown): type is MetricType {
  return metricTypes.some((known) => known === type);
}

export interface MetricIntroduction {
  readonly id: number;
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly labelNames: readonly string[];
  /** Labels that all of its series have in this process, besides their own. */
  readonly constantLabels?: Readonly<Record<string, string>>;
  readonly merge: MergeRule;
  readonly retention: Retention;
  /** Upper bounds of a histogram's finite buckets. */
  readonly buckets?: readonly number[];
  /** Of a `ratio` gauge. */
  readonly windowSeconds?: number;
  readonly scale?: number;
}

/** Series id, metric id, one label value for each of the metric's label names. */
export type SeriesIntroduction = readonly [series: number, metric: number, labelValues: readonly string[]];

/** Series id, index of the bucket (-1: no bucket, it belongs to a counter), labels, value, epoch seconds. */
export type ExemplarReport = readonly [
  series: number,
  bucket: number,
  labels: Readonly<Record<string, string>>,
  value: number,
  timestamp: number,
];

/** Why a label set is not in the aggregate; the vocabulary of `cluster_series_dropped_total`. */
export const dropReasons = [
  'max_label_sets',
  'conflicting_definition',
  'invalid_label_value',
  'unknown_aggregator',
  'unsupported_metric',
  'invalid_exemplar',
  'protocol',
] as const;
export type DropReason = (typeof dropReasons)[number];

/** JSON knows no NaN and no infinities, and turns them into null: they travel as words. */
export type WireNumber = number | 'NaN' | 'Infinity' | '-Infinity';

/** What one process has to say since it last said something. */
export interface Changes {
  metrics?: MetricIntroduction[];
  series?: SeriesIntroduction[];
  /** Pairs of series id and increment. */
  counters?: number[];
  /** Runs of series id, increment of the sum, increment of the count, number n of pairs, then n x (bucket, increment). */
  histograms?: number[];
  /** Pairs of series id and value. */
  gauges?: (number | WireNumber)[];
  /** Triples of series id, new hits, new trials. */
  ratios?: number[];
  exemplars?: ExemplarReport[];
  /** Ids of series that were removed on purpose. */
  removed?: number[];
  /** Ids of metrics that this process has no longer. */
  forgotten?: number[];
  dropped?: [reason: DropReason, metric: string, detail: string][];
}

export function toWire(value: number): WireNumber {
  if (Number.isFinite(value)) return value;
  return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
}

export function fromWire(value: number | string): number {
  return typeof value === 'number' ? value : Number(value);
}

/** Changes that count only if their key was not seen before; without a key they always count. */
export interface Section {
  readonly changes: Changes;
  readonly once?: string;
  /** For how long the key is remembered, milliseconds. Default: {@link defaultRememberMs}. */
  readonly rememberMs?: number;
}

/** How long a key is remembered whose reporter does not say. */
export const defaultRememberMs = 3_600_000;

/** A life that a key can have: a positive, finite number. */
export function isLife(rememberMs: unknown): boolean {
  return typeof rememberMs === 'number' && rememberMs > 0 && rememberMs < Number.POSITIVE_INFINITY;
}

/** What one child has to say since its last frame. An empty one says that it lives. */
export interface Frame {
  readonly type: 'cluster-metrics:frame';
  /** In the order in which they happened. */
  readonly sections: readonly Section[];
  /** Whether it has metrics that are collected when they are asked for; not said: as before. */
  readonly collects?: boolean;
  /** Everything up to this request to collect is in it. */
  readonly collected?: number;
}

/** The primary's answer to a hello. */
export interface Welcome {
  readonly type: 'cluster-metrics:welcome';
}

/** The last message to a process that is turned away; in all versions of the protocol. */
export interface Refused {
  readonly type: 'cluster-metrics:refused';
  readonly reason: string;
}

/** A scrape has come: the child runs its `collect` functions and says so in a frame. */
export interface Collect {
  readonly type: 'cluster-metrics:collect';
  readonly id: number;
}

export type FromChild = Hello | ReportLine | Frame;
export type FromPrimary = Welcome | Refused | Collect;

/**
 * - `foreign`: a message of others on the same channel: PM2's, another library's, the application's own;
 * - `unrecognised`: ours by its type, but not what this version sends.
 */
interface NotUnderstood {
  readonly type: 'foreign' | 'unrecognised';
}

interface VersionMismatch {
  readonly type: 'version-mismatch';
  readonly identity: Identity;
  readonly version: unknown;
}

type Members = Readonly<Record<string, unknown>>;

function isRecord(value: unknown): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOurs(message: unknown): message is Members & { readonly type: string } {
  return isRecord(message) && typeof message['type'] === 'string' && message['type'].startsWith('cluster-metrics:');
}

export function parseFromChild(message: unknown): FromChild | VersionMismatch | NotUnderstood {
  if (!isOurs(message)) return { type: 'foreign' };
  if (isFrame(message)) return message;
  const { type, version, token } = message;
  if (type === 'cluster-metrics:reports' && typeof token === 'string') return { type, token };
  if (type !== 'cluster-metrics:hello') return { type: 'unrecognised' };
  const identity = identityOf(message['identity']);
  if (version !== protocolVersion) return { type: 'version-mismatch', identity, version };
  return { type, version, identity, ...processOf(message['process']), ...(typeof token === 'string' && { token }) };
}

export function parseFromPrimary(message: unknown): FromPrimary | NotUnderstood {
  if (!isOurs(message)) return { type: 'foreign' };
  const { type, id, reason } = message;
  if (type === 'cluster-metrics:welcome') return { type };
  if (type === 'cluster-metrics:refused') return { type, reason: String(reason) };
  return type === 'cluster-metrics:collect' && typeof id === 'number' ? { type, id } : { type: 'unrecognised' };
}

/**
 * Only the envelope is checked, and each number where it is used: a child runs the same release as its primary (the
 * version says so), and a full validation would cost more than adding the numbers up.
 */
function isFrame(message: Members): message is Members & Frame {
  const { type, sections, collects, collected } = message;
  if (type !== 'cluster-metrics:frame' || !Array.isArray(sections) || !sections.every(isSection)) return false;
  return (
    (collects === undefined || typeof collects === 'boolean') &&
    (collected === undefined || typeof collected === 'number')
  );
}

function isSection(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['changes']) || !Object.values(value['changes']).every(Array.isArray))
    return false;
  const { once, rememberMs } = value;
  return (once === undefined || typeof once === 'string') && (rememberMs === undefined || isLife(rememberMs));
}

function identityOf(value: unknown): Identity {
  if (!isRecord(value)) return {};
  return Object.fromEntries(Object.entries(value).map(([name, label]) => [name, String(label)]));
}

function processOf(value: unknown): { readonly process?: ProcessFacts } {
  if (!isRecord(value)) return {};
  const { pid, startedMs } = value;
  return typeof pid === 'number' && typeof startedMs === 'number' ? { process: { pid, startedMs } } : {};
}
