/**
 * What a report says of a metric, whatever records or reads it.
 *
 * Must not know: the states of its series, nor a metrics client's classes.
 */
import type { MetricIntroduction, MetricType } from '../wire/changes.js';
import { isMergeRule, type MergeRule, type Retention } from '../wire/definition.js';
import { type ClientMetric, type Labels, textOf } from './client.js';

/** `new`: to be introduced; `introduced`: under its id; `refused`: never part of the aggregate. */
export type Introduction = 'new' | 'introduced' | 'refused';

export class ReportedMetric {
  id = -1;
  introduction: Introduction = 'new';
  /** As it was introduced. */
  rule: MergeRule = 'omit';
  readonly #source: Pick<ClientMetric, 'aggregator' | 'mergeRule' | 'retention' | 'ratio'>;

  constructor(
    readonly name: string,
    readonly help: string,
    readonly type: MetricType,
    readonly labelNames: readonly string[],
    /** Upper bounds of a histogram's finite buckets. */
    readonly buckets: readonly number[],
    source: Pick<ClientMetric, 'aggregator' | 'mergeRule' | 'retention' | 'ratio'>,
  ) {
    // What a definition declares is final; on others a program may put a rule until they are reported.
    const { aggregator, mergeRule, retention, ratio } = source;
    this.#source = mergeRule === undefined ? source : { aggregator, mergeRule, retention, ...(ratio ? { ratio } : {}) };
  }

  /** Whether it was made from a definition, whose labels are exact. */
  get isDeclared(): boolean {
    return this.#source.mergeRule !== undefined;
  }

  /** Undefined: its `aggregator` is none that is known. */
  get merge(): MergeRule | undefined {
    const rule = this.#source.mergeRule ?? this.#source.aggregator ?? 'sum';
    return isMergeRule(rule) ? rule : undefined;
  }

  /** A counter's count stays when its child is gone. A gauge that declares nothing is a client's: live. */
  get retention(): Retention {
    return this.type !== 'gauge' || this.#source.retention === 'cumulative' ? 'cumulative' : 'live';
  }

  get aggregator(): string {
    return textOf(this.#source.aggregator);
  }

  /** @param constantLabels that all of its series have in this process, besides their own */
  introduce(id: number, merge: MergeRule, constantLabels: Labels): MetricIntroduction {
    this.id = id;
    this.introduction = 'introduced';
    this.rule = merge;
    const constant = Object.entries(constantLabels).filter(([name]) => !this.labelNames.includes(name));
    return {
      id,
      name: this.name,
      help: this.help,
      type: this.type,
      labelNames: this.labelNames,
      ...(constant.length > 0
        ? { constantLabels: Object.fromEntries(constant.map(([name, value]) => [name, textOf(value)])) }
        : {}),
      merge,
      retention: this.retention,
      ...(this.type === 'histogram' ? { buckets: this.buckets } : {}),
      ...this.#source.ratio,
    };
  }
}
