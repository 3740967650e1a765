/**
 * What this library knows of a metrics client: its documented interface, as far as it is used. A metric or registry may come
 * from any copy or version of prom-client or of its successor, so objects are told by what they can do, never by their class.
 * Must not know: any client's module, class or private member.
 */
import { isMetricType, type MetricType } from '../../wire/protocol.js';

/** Label names and values, as callers give them. Values that are not strings are printed as a template has them. */
export type Labels = Readonly<Record<string, unknown>>;

/** What a label value is as text. Throws for a symbol, as the clients do. */
export const textOf = (value: unknown): string => ''.concat(value as string);

/** The same as it is printed: a lone surrogate has no UTF-8 form. */
export const printedTextOf = (value: unknown): string => textOf(value).toWellFormed();

export const noLabels: Labels = Object.freeze({});

export type ClientMethod = (...args: unknown[]) => unknown;

/** One printed line, as a metric's `get()` gives it. */
export interface ClientValue {
  readonly value: number;
  readonly labels: Labels;
  /** With a suffix, for lines of histograms and summaries. */
  readonly metricName?: string;
  readonly exemplar?: ClientExemplar | null | undefined;
}

export interface ClientExemplar {
  readonly labelSet: Labels;
  readonly value: number;
  /** Epoch seconds. */
  readonly timestamp: number;
}

export type MethodName = 'get' | 'reset' | 'remove' | 'labels' | 'inc' | 'dec' | 'set' | 'observe' | 'zero';

export type ClientMethods = Readonly<Record<MethodName, ClientMethod>>;

/** What `get()` resolves with. */
export interface ClientReading {
  readonly name: string;
  readonly help: string;
  readonly type: MetricType;
  readonly values: readonly ClientValue[];
  readonly aggregator: unknown;
}

/** Metrics whose lines a registry would read in a way that is not documented: it is given what this says. */
export const printedBy = new WeakMap<object, () => Promise<ClientReading>>();

/** A metric of a client: what its constructor was given stays on it. */
export interface ClientMetric extends Record<MethodName, ClientMethod> {
  name: string;
  help: string;
  type: MetricType;
  labelNames?: readonly string[];
  aggregator?: unknown;
  enableExemplars?: boolean;
  buckets?: readonly number[];
  collect?: unknown;
  /** Not the client's: what a definition of ours declares (wire/definition.ts). */
  readonly mergeRule?: unknown;
  readonly retention?: unknown;
  readonly ratio?: { readonly windowSeconds: number; readonly scale: number };
}

export interface ClientRegistry {
  registerMetric(metric: object): void;
  removeSingleMetric(name: string): void;
  clear(): void;
  getSingleMetric(name: string): object | undefined;
  getMetricsAsArray(): readonly object[];
  getMetricsAsJSON(): Promise<readonly unknown[]>;
  metrics(): Promise<string>;
  /** Of prom-client's successor. */
  getMetricsAsString?(metric: object): Promise<string>;
  getSingleMetricAsString(name: string): Promise<string>;
  setDefaultLabels(labels: object): void;
}

export function isObject(value: unknown): value is Labels {
  return typeof value === 'object' && value !== null;
}

export function isMethod(value: unknown): value is ClientMethod {
  return typeof value === 'function';
}

/** Whether a metric's update methods take one object. A gauge that is given the option keeps its form: it has no exemplars. */
export function takesOneObject({ enableExemplars, type }: ClientMetric): boolean {
  return enableExemplars === true && type !== 'gauge';
}

/** The arguments of a metric's update methods, whichever form they have. */
export function updateOf(metric: ClientMetric, labels: Labels, value: unknown, exemplarLabels?: Labels): unknown[] {
  return takesOneObject(metric) ? [{ labels, value, exemplarLabels }] : [labels, value];
}

/** Whether an object is a metric of a client, and not any object with a `get()`. */
export function isClientMetric(metric: object): metric is ClientMetric {
  const { name, type, labelNames, get, reset, remove, labels }: Partial<Record<keyof ClientMetric, unknown>> = metric;
  const methods = [get, reset, remove, labels];
  return typeof name === 'string' && isMetricType(type) && Array.isArray(labelNames) && methods.every(isMethod);
}

/** What the arguments of `remove` and `labels` mean. */
export function labelsOf({ labelNames = [] }: ClientMetric, args: readonly unknown[]): Labels {
  const [first] = args;
  return isObject(first) ? first : Object.fromEntries(labelNames.map((name, i) => [name, args[i]]));
}

/**
 * The same metric without its `collect` function: for reading what its class holds without side effects. Its `get()` then
 * reads at the call, although it gives the values a few microtasks later.
 */
export function withoutCollect(metric: ClientMetric): ClientMetric {
  const bare: ClientMetric = Object.create(metric, { collect: { value: undefined } });
  return bare;
}

/** @returns undefined when a registry could not print what `get()` gave */
export function parseReading(reading: unknown): ClientReading | undefined {
  if (!isObject(reading)) return undefined;
  const { name, help, type, values = [], aggregator } = reading;
  if (typeof name !== 'string' || !isMetricType(type) || !Array.isArray(values)) return undefined;
  return { name, help: textOf(help ?? ''), type, values: values.flatMap(parseValue), aggregator };
}

function parseValue(line: unknown): ClientValue[] {
  if (!isObject(line) || typeof line['value'] !== 'number') return [];
  const { value, labels, metricName, exemplar } = line;
  const name = typeof metricName === 'string' ? { metricName } : {};
  return [{ value, labels: isObject(labels) ? labels : noLabels, ...name, exemplar: parseExemplar(exemplar) }];
}

function parseExemplar(exemplar: unknown): ClientExemplar | undefined {
  if (!isObject(exemplar)) return undefined;
  const { labelSet, value, timestamp } = exemplar;
  if (!isObject(labelSet) || typeof value !== 'number' || typeof timestamp !== 'number') return undefined;
  return { labelSet, value, timestamp };
}

/**
 * Whether the clients take labels of an exemplar: they compare the characters of all names and values with OpenMetrics' limit,
 * and have an error of their own for more. No exemplar at all is fine.
 */
export function isExemplar(labels: unknown): labels is Labels | undefined {
  if (labels === undefined) return true;
  if (!isObject(labels)) return false;
  let length = 0;
  for (const [name, value] of Object.entries(labels)) length += name.length + textOf(value).length;
  return length <= 128;
}

/** With labels of its own: the program may change its object before they are reported. */
export function exemplarNow(labelSet: Labels, value: number): ClientExemplar {
  return { labelSet: { ...labelSet }, value, timestamp: Date.now() / 1000 };
}

/**
 * Puts a method of ours on a client's object. It is enumerable as the member was before.
 *
 * @returns gives the object back as it was, unless another method has been put there since
 */
export function putMethod<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): () => void {
  const wasOwn = Object.hasOwn(target, name);
  const before = target[name];
  Object.defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: wasOwn });
  return () => {
    if (target[name] !== method) return;
    const loose: Partial<T> = target;
    if (wasOwn) target[name] = before;
    else delete loose[name];
  };
}
