/**
 * The aggregate of all processes: takes in what children report, keeps an account of the children, and answers scrapes.
 *
 * Must not know: any metrics client, nor by what transport children report.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DropReason, introductionsOf } from '../wire/changes.js';
import { toErrorListener } from '../wire/errors.js';
import { defaultRememberMs, parseFromChild, type Section } from '../wire/protocol.js';
import type { ChildLink, ChildReceiver } from '../wire/transport.js';
import {
  type AggregateOptions,
  type ChildReport,
  defaultCollectTimeoutMs,
  type OwnMetrics,
} from './aggregate-contract.js';
import { Children, reportOf } from './children.js';
import { Collection } from './collection.js';
import { type Rendering, render, type ScrapeOptions } from './rendering.js';
import { RememberedKeys } from './remembered-keys.js';
import { type ScrapeRequest, ScrapeTurns } from './scrape-turns.js';
import { type SelfRecorder, selfMetrics } from './self-metrics.js';
import { Source } from './source.js';
import { Totals } from './totals.js';
import { within } from './within.js';

export class Aggregate {
  readonly totals: Totals;
  /** What children say; for every channel that they report by. */
  readonly receiver: ChildReceiver;
  readonly #options: AggregateOptions;
  readonly #own: OwnMetrics;
  readonly #self: SelfRecorder;
  readonly #primary: Source;
  readonly #children = new Children();
  readonly #collection = new Collection();
  readonly #keys = new RememberedKeys();
  readonly #failed: (error: unknown) => void;
  readonly #nowMs: () => number;
  readonly #staleAfterMs: number;
  readonly #told = new Set<string>();
  /** Changes that wait for a rendering to end, so that it shows one instant. */
  #held: (() => void)[] | undefined;
  /** One at a time: each holds the changes back. */
  readonly #turns = new ScrapeTurns((requests) => this.#answer(requests));
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(own: OwnMetrics, self: SelfRecorder, options: AggregateOptions) {
    this.#own = own;
    this.#self = self;
    this.#options = options;
    this.#failed = toErrorListener(options.onError);
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#staleAfterMs = options.staleAfterMs ?? 5000;
    this.#primary = new Source(own.identity, 'reporting', this.#nowMs());
    this.totals = new Totals({
      maxLabelSets: options.maxLabelSets ?? 10_000,
      uncapped: new Set(Object.keys(selfMetrics)),
      created: options.created ?? true,
      nowMs: this.#nowMs,
      onDrop: (reason, metric, detail) => this.#dropped(reason, metric, detail),
    });
    this.receiver = {
      message: (child, message) => this.#receive(child, message),
      gone: (child) => this.#depart(child),
      refused: (peer, detail) => this.mutate(() => this.#dropped('protocol', peer, detail)),
    };
  }

  /** All that was counted before the call, by whichever process. */
  scrape(options: ScrapeOptions = {}): Promise<Rendering> {
    return this.#turns.scrape(options);
  }

  /** @param workerId in `cluster.workers` */
  report(workerId: number): ChildReport | undefined {
    const child = this.#children.ofCluster(workerId);
    return child && reportOf(child, this.#nowMs(), this.#staleAfterMs);
  }

  reports(): ChildReport[] {
    const nowMs = this.#nowMs();
    return Array.from(this.#children, (child) => reportOf(child, nowMs, this.#staleAfterMs));
  }

  /** As a scrape would, unless it was done in the last milliseconds. */
  async collect({ olderThanMs }: { readonly olderThanMs: number }): Promise<void> {
    if (this.#nowMs() - this.#collectedMs <= olderThanMs) return;
    await this.#collect();
    this.mutate(() => this.#noteAges(this.#nowMs()));
    await this.#own.ready();
    this.mutate(() => this.#takeOwn());
  }

  /** Changes the totals: at once, or when the rendering that is under way has ended. */
  mutate(change: () => void): void {
    if (this.#held) this.#held.push(change);
    else change();
  }

  #receive(link: ChildLink, message: unknown): void {
    const parsed = parseFromChild(message);
    switch (parsed.kind) {
      case 'foreign':
        return;
      case 'hello':
        this.#depart(link);
        this.#children.add(link, parsed.identity, 'reporting', this.#nowMs(), parsed.process);
        link.send({ type: 'cluster-metrics:welcome' });
        return;
      case 'version-mismatch':
        this.#depart(link);
        this.#children.add(link, parsed.identity, 'incompatible', this.#nowMs());
        this.#dropProtocol(`version ${String(parsed.version)} of the protocol is not this primary's`, link);
        return;
      case 'unrecognised':
        this.#dropProtocol('a message of this protocol was not understood', link);
        return;
      case 'frame': {
        const child = this.#children.get(link);
        if (child === undefined) {
          this.#dropProtocol(
            'a frame came before its hello; make the ClusterRegistry before the first fork, and attach other children in the turn in which they are started',
            link,
          );
          return;
        }
        child.lastReportMs = this.#nowMs();
        if (child.state === 'incompatible') return;
        this.#collection.reported(link, parsed);
        this.mutate(() => {
          try {
            this.totals.setStale(child, false);
            this.#apply(child, parsed.sections);
          } catch (error) {
            // Only its envelope was checked: it must end neither the primary nor what waits behind it.
            this.#dropProtocol(`a frame could not be read: ${String(error)}`, link);
          }
        });
      }
    }
  }

  #depart(link: ChildLink): void {
    const child = this.#children.get(link);
    if (child === undefined) return;
    this.#children.delete(link);
    this.#collection.gone(link);
    this.#self.departed(link.id, child.identity);
    this.mutate(() => this.totals.depart(child));
  }

  #dropped(reason: DropReason, metric: string, detail: string): void {
    this.#self.dropped(reason);
    const key = `${reason} ${metric}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    try {
      this.#options.onDrop?.(reason, metric, detail);
    } catch (error) {
      this.#failed(error);
    }
  }

  #dropProtocol(detail: string, { id }: ChildLink): void {
    this.mutate(() => this.#dropped('protocol', `child ${id}`, detail));
  }

  #apply(source: Source, sections: readonly Section[]): void {
    for (const { once, rememberMs = defaultRememberMs, changes } of sections) {
      // What a section introduces is needed even when its counts were seen before.
      if (once === undefined || this.#keys.add(once, rememberMs, this.#nowMs())) this.totals.apply(source, changes);
      else this.totals.apply(source, introductionsOf(changes));
    }
  }

  async #answer(requests: ReadonlyMap<string, ScrapeRequest>): Promise<ReadonlyMap<string, Rendering>> {
    await this.#collect();
    // What a client saw counted is in a frame that is in the kernel by now. The loop reads it before the totals are printed: the
    // first turn ends the one that this was called in, and the second has asked the kernel after the call.
    await nextTurn();
    await nextTurn();
    const startMs = this.#nowMs();
    this.#noteAges(startMs);
    await this.#own.ready();
    this.#takeOwn();
    this.#held = [];
    try {
      const answers = new Map<string, Rendering>();
      for (const [key, request] of requests) answers.set(key, await this.#print(request));
      return answers;
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const change of held) {
        try {
          change();
        } catch (error) {
          this.#failed(error);
        }
      }
    }
  }

  async #print({ format, names }: ScrapeRequest): Promise<Rendering> {
    const startMs = this.#nowMs();
    const all = names.length === 0;
    const rendering = await render(
      this.totals,
      format,
      (family) => all || names.some((name) => family.answersTo(name)),
    );
    this.#self.scraped((this.#nowMs() - startMs) / 1000, all ? rendering.series : undefined);
    return rendering;
  }

  /** What sets the primary's own metrics may ask others (a queue, say), and must not hold the answer up. */
  async #collect(): Promise<void> {
    this.#collectedMs = this.#nowMs();
    const prepared = (async () => this.#options.beforeScrape?.())().catch(this.#failed);
    const own = Promise.all([prepared, this.#own.collect()]);
    await Promise.all([
      within(this.#options.collectTimeoutMs ?? defaultCollectTimeoutMs, own),
      this.#collection.ask(this.#options.collectWaitMs ?? 50),
    ]);
  }

  /** What no child reports: the primary's own metrics, and what changes with time alone. */
  #takeOwn(): void {
    for (const changes of this.#own.take()) this.totals.apply(this.#primary, changes);
    this.totals.tick();
  }

  #noteAges(nowMs: number): void {
    for (const [, child] of this.#children) {
      this.totals.setStale(child, nowMs - child.lastReportMs > this.#staleAfterMs);
    }
    this.#self.ages(
      Array.from(this.#children, ([{ id }, { identity, lastReportMs }]) => ({
        id,
        identity,
        ageMs: nowMs - lastReportMs,
      })),
    );
  }
}
