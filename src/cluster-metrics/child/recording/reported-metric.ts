/**
 * What a report says of a metric, whatever records or reads it: the part of a SeriesTable that its states know.
 * Must not know: the states of its series, nor a metrics client's classes.
 */
import type { MetricIntroduction } from '../../wire/protocol.js';
import { isMergeRule, type MergeRule } from '../../wire/definition.js';
import { type ClientMetric, type Labels, noLabels, printedTextOf, textOf } from './client.js';
import { zeros } from './distribution.js';

export interface Queued {
  /** It waits to be reported. */
  isQueued: boolean;
}

/** What follows metrics on behalf of a tracker. */
export interface FollowerContext {
  /** Takes the metric and its series when there is something to report of them. */
  readonly queue: { add(entry: Queued): void };
  /** Labels of all series of the metric's registry in this process, besides their own. */
  constantLabels(isDeclared: boolean): Labels;
  /** The name that its registry has it under. */
  nameOf(metric: ClientMetric): string;
  /** The storage of the metric's class may hold something now: it is to be read before the next report. */
  leftToClass(metric: { look(): Promise<void> }): void;
}

export interface MetricOptions {
  readonly facts: Pick<MetricIntroduction, 'name' | 'help' | 'type' | 'labelNames' | 'buckets'>;
  /** What decides how its series are added up. */
  readonly declaration: Pick<ClientMetric, 'aggregator' | 'mergeRule' | 'retention' | 'ratio'>;
  readonly context: FollowerContext;
  /** As for a LabelTree: a class for which a label that is left out is an empty one takes null for left out, too. */
  readonly missing?: () => '' | undefined;
}

export class ReportedMetric {
  readonly kind = 'metric';
  isQueued = false;
  id = -1;
  /** `new`: to be introduced; `introduced`: under its id; `refused`: not part of the aggregate. */
  standing: 'new' | 'introduced' | 'refused' = 'new';
  /** As it was introduced. */
  rule: MergeRule = 'omit';
  /** As it was introduced: a label of its own that a series leaves out has its value from here, as the clients have it. */
  constantLabels: Labels = noLabels;
  readonly facts: MetricOptions['facts'];
  readonly queue: FollowerContext['queue'];
  readonly missing: () => '' | undefined;
  /**
   * For each of the metric's buckets its place among those that are introduced: these are finite, ascending and without a
   * repetition, which the clients do not demand. Undefined: the same.
   */
  readonly bucketPlaces: readonly number[] | undefined;
  /** What its series copy: see distribution.ts. */
  readonly zeros: readonly number[];
  readonly #buckets: readonly number[];
  readonly #declaration: MetricOptions['declaration'];
  readonly #context: FollowerContext;

  constructor({ facts, declaration, context, missing = () => undefined }: MetricOptions) {
    const { aggregator, mergeRule, retention, ratio } = declaration;
    // What a definition declares is final; on others a program may put a rule until they are reported.
    const final = mergeRule === undefined ? declaration : { aggregator, mergeRule, retention, ...(ratio && { ratio }) };
    this.#declaration = final;
    this.#context = context;
    this.facts = facts;
    this.queue = context.queue;
    this.missing = missing;
    const { buckets: given = [] } = facts;
    this.zeros = zeros(given.length);
    this.#buckets = [...new Set(given.filter(Number.isFinite))].sort((a, b) => a - b);
    const places = [...given, Number.POSITIVE_INFINITY].map(
      (bound) => this.#buckets.filter((one) => one < bound).length,
    );
    if (places.some((place, i) => place !== i)) this.bucketPlaces = places;
    // Told of even without a label set, so that its HELP and TYPE are there before its first event.
    this.queue.add(this);
  }

  /** Undefined: its `aggregator` is none that is known. */
  get merge(): MergeRule | undefined {
    const { mergeRule, aggregator } = this.#declaration;
    const rule = mergeRule ?? aggregator ?? 'sum';
    return isMergeRule(rule) ? rule : undefined;
  }

  get aggregator(): string {
    return textOf(this.#declaration.aggregator);
  }

  /** Takes up the labels of all series as they are now. @returns those that are printed otherwise than before */
  relabel(): string[] {
    const before = this.constantLabels;
    this.constantLabels = this.#context.constantLabels(this.#declaration.mergeRule !== undefined);
    // An empty value is the same as no label.
    const text = (labels: Labels, name: string) => (Object.hasOwn(labels, name) ? printedTextOf(labels[name]) : '');
    const after = this.constantLabels;
    return Object.keys({ ...before, ...after }).filter((name) => text(before, name) !== text(after, name));
  }

  introduce(id: number, merge: MergeRule): MetricIntroduction {
    this.id = id;
    this.standing = 'introduced';
    this.rule = merge;
    const { facts } = this;
    const { retention, ratio } = this.#declaration;
    this.relabel();
    const constant = Object.entries(this.constantLabels)
      .filter(([label]) => !facts.labelNames.includes(label))
      .map(([label, value]) => [label, printedTextOf(value)]);
    return {
      id,
      ...facts,
      ...(facts.type === 'histogram' ? { buckets: this.#buckets } : {}),
      ...(constant.length > 0 ? { constantLabels: Object.fromEntries(constant) } : {}),
      merge,
      // A counter's count stays when its child is gone. A gauge that declares nothing is a client's: live.
      retention: facts.type !== 'gauge' || retention === 'cumulative' ? 'cumulative' : 'live',
      ...ratio,
    };
  }
}
