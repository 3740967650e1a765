/**
 * Answers scrapes: has what is to be collected collected, takes in what the primary itself counts, and prints the totals.
 * Must not know: any metrics client, nor what children say.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { DropReason, Identity } from '../../wire/protocol.js';
import type { Instruments } from '../../wire/definition.js';
import { toErrorListener } from '../../wire/errors.js';
import { Source } from '../totals/source.js';
import {
  type AggregateOptions,
  type OwnMetrics,
  type Rendering,
  type ScrapeOptions,
  withDefaults,
} from '../contract.js';
import type { Format } from '../printing/exposition.js';
import { Gate } from './gate.js';
import { Pace, within } from '../../wire/pace.js';
import { sharedTurn } from './shared-turn.js';
import { Intake } from './intake.js';
import { render } from '../printing/rendering.js';
import { type SelfRecorder, type selfMetrics, selfRecorder } from '../self-metrics.js';
import { Totals } from '../totals/totals.js';

/** Label sets of the primary that are taken in at once: some milliseconds of work. */
const labelSetsAtOnce = 500;

/** Metrics and peers of which it is known that `onDrop` was told: a peer that comes again and again has another name each time. */
const mostTold = 10_000;

interface Request {
  readonly format: Format;
  readonly names: readonly string[];
  /** Of `performance.now()`. */
  readonly untilMs: number;
}

export class Aggregate {
  readonly totals: Totals;
  /** For every channel that children report by. */
  readonly intake: Intake;
  readonly #options: Required<AggregateOptions>;
  readonly #own: OwnMetrics;
  readonly #self: SelfRecorder;
  readonly #primary: Source;
  readonly #told = new Set<string>();
  readonly #failed: (error: unknown) => void;
  /** What changes the totals goes through it. */
  readonly #gate: Gate;
  /** Of the next turn, by format and names. */
  #requests = new Map<string, Request>();
  /** One at a time: each holds the changes back. */
  readonly #turn = sharedTurn(() => this.#answer());
  #collectedMs = Number.NEGATIVE_INFINITY;
  /** The first that the last answer had no time for. */
  #nextChunk = 0;

  /** @param identity labels of the primary's `per-child` gauges */
  constructor(own: OwnMetrics, self: Instruments<typeof selfMetrics>, identity: Identity, options: AggregateOptions) {
    this.#options = withDefaults(options);
    this.#own = own;
    this.#self = selfRecorder(self);
    this.#failed = toErrorListener(options.onError);
    this.#gate = new Gate(this.#failed);
    this.#primary = new Source(identity, 'reporting', this.#options.nowMs());
    const counted = { ...this.#options, onDrop: (...drop) => this.#dropped(...drop) } satisfies AggregateOptions;
    this.totals = new Totals(counted);
    this.intake = new Intake(this.totals, this.#gate, this.#self, counted);
  }

  /** All that was counted before the call, by whichever process. */
  async scrape({
    format = 'text',
    names = [],
    withinMs = Number.POSITIVE_INFINITY,
  }: ScrapeOptions = {}): Promise<Rendering> {
    const key = JSON.stringify([format, ...[...new Set(names)].sort()]);
    const untilMs = Math.min(
      performance.now() + withinMs,
      this.#requests.get(key)?.untilMs ?? Number.POSITIVE_INFINITY,
    );
    this.#requests.set(key, { format, names, untilMs });
    const rendering = (await this.#turn()).get(key);
    if (rendering === undefined) throw new Error('a turn ended without the answer to a scrape that it was for');
    return rendering;
  }

  /** As a scrape would, unless it was done in the last milliseconds. */
  async collect({ olderThanMs }: { readonly olderThanMs: number }): Promise<void> {
    if (this.#options.nowMs() - this.#collectedMs <= olderThanMs) return;
    await this.#collect();
    this.mutate(() => this.intake.noteAges());
    await this.#takeOwn(Number.POSITIVE_INFINITY);
  }

  /** Changes the totals: at once, or when the answer that is under way has been printed. */
  mutate(change: () => void): void {
    this.#gate.pass(change);
  }

  #dropped(reason: DropReason, metric: string, detail: string): void {
    this.#self.dropped(reason);
    const key = `${reason} ${metric}`;
    if (this.#told.has(key)) return;
    if (this.#told.size >= mostTold) this.#told.clear();
    this.#told.add(key);
    try {
      this.#options.onDrop(reason, metric, detail);
    } catch (error) {
      this.#failed(error);
    }
  }

  async #answer(): Promise<ReadonlyMap<string, Rendering>> {
    const requests = this.#requests;
    this.#requests = new Map();
    const untilMs = Math.min(...Array.from(requests.values(), (request) => request.untilMs));
    await this.#collect();
    // What a client saw counted is in a frame that is in the kernel by now. The loop reads it before the totals are printed: the
    // first turn ends the one that this was called in, and the second has asked the kernel after the call.
    await nextTurn();
    await nextTurn();
    await within(untilMs - performance.now(), this.#gate.emptied);
    this.intake.noteAges();
    await this.#takeOwn(untilMs);
    const late = this.#own.waiting + this.#gate.waiting;
    this.#gate.close();
    try {
      const answers = new Map<string, Rendering>();
      for (const [key, { format, names }] of requests)
        answers.set(key, await this.#print(format, names, untilMs, late));
      return answers;
    } finally {
      this.#gate.open();
    }
  }

  /** @param late what has not been taken into the totals */
  async #print(format: Format, names: readonly string[], untilMs: number, late: number): Promise<Rendering> {
    const { nowMs } = this.#options;
    const startMs = nowMs();
    const families = this.totals.shown(names);
    const isWhole = names.length === 0;
    const rendering = await render(families, format, isWhole ? this.#nextChunk : 0, untilMs);
    this.#self.printed((nowMs() - startMs) / 1000);
    if (!isWhole) return rendering;
    this.#nextChunk = rendering.nextChunk;
    const outdated = rendering.outdated + late;
    this.#self.shown(rendering.series, outdated);
    return { ...rendering, outdated };
  }

  /** What sets the primary's own metrics may ask others (a queue, say), and must not hold the answer up. */
  async #collect(): Promise<void> {
    const { nowMs, beforeScrape, collectTimeoutMs } = this.#options;
    this.#collectedMs = nowMs();
    const prepared = (async () => beforeScrape())().catch(this.#failed);
    const collected = this.#own.collect(collectTimeoutMs).then(() => this.#own.look());
    const own = Promise.all([prepared, collected]);
    await Promise.all([within(collectTimeoutMs, own), this.intake.collect()]);
  }

  /** In slices: at the start there may be a million series. */
  async #takeOwn(untilMs: number): Promise<void> {
    await this.#own.ready();
    const pace = new Pace();
    do {
      const all = this.#own.take(labelSetsAtOnce);
      this.mutate(() => {
        for (const changes of all) this.totals.apply(this.#primary, changes);
      });
      if (!pace.isDue) continue;
      if (performance.now() >= untilMs) return;
      await pace.turn();
    } while (this.#own.waiting > 0);
  }
}
