import cluster, { type Worker } from 'node:cluster';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { AggregatorRegistry, type Registry, type RegistryContentType, register } from 'prom-client';
import { type AnyRegistry, ChangeTracker } from './child/change-tracker.js';
import type { Identity } from './wire/identity.js';
import { type DropReason, introductionsOf } from './wire/changes.js';
import { type Format, contentTypes } from './primary/exposition.js';
import { createInstruments, type Instruments } from './child/instruments.js';
import { onChildGone } from './primary/child-ends.js';
import { defaultRememberMs, parse, type Section } from './wire/protocol.js';
import type { Distribution, Reading } from './primary/reading.js';
import { type Rendering, render, type ScrapeOptions } from './primary/rendering.js';
import { RememberedKeys } from './primary/remembered-keys.js';
import { setReportedRegistries } from './child/reported-registries.js';
import { selfMetrics } from './primary/self-metrics.js';
import { sharedTurn } from './primary/shared-turn.js';
import { Source } from './primary/source.js';
import { Totals } from './primary/totals.js';
import { within } from './primary/within.js';

export interface ClusterRegistryOptions {
  /** Of the primary itself, besides this registry. Default: prom-client's default registry. */
  readonly registries?: readonly AnyRegistry[];
  /** Labels of the primary's plain metrics, which tell them from the children's. Default: `{ role: 'primary', slot: '0' }`. */
  readonly identity?: Identity;
  /** A child that has not reported for this long has its live gauges left out. Milliseconds; default: 5000. */
  readonly staleAfterMs?: number;
  /** What `clusterMetrics()` answers in. Default: the text format 0.0.4. */
  readonly contentType?: RegistryContentType;
  /** Label sets at most for one metric; new ones over it are dropped and counted. Default: 10,000. */
  readonly maxLabelSets?: number;
  /** Runs before each scrape is printed, to set the primary's own metrics. Default: nothing. */
  readonly beforeScrape?: () => void | Promise<void>;
  /** How long a scrape waits for `beforeScrape` and the primary's own `collect` functions. Milliseconds; default: 500. */
  readonly collectTimeoutMs?: number;
  /** Milliseconds of a monotonic clock, by which children become stale and keys expire. Default: `performance.now`. */
  readonly nowMs?: () => number;
  /** Told once for each metric and reason that something is not in the aggregate. Default: nobody. */
  readonly onDrop?: (reason: DropReason, metric: string, detail: string) => void;
  /** Told of `collect` functions of the primary that throw. Default: nobody. */
  readonly onError?: (error: unknown) => void;
}

/** What the primary knows of one child's reports. */
export interface ChildReport {
  readonly identity: Identity;
  readonly state: 'reporting' | 'stale' | 'incompatible';
  readonly ageMs: number;
}

/**
 * The primary's registry: answers with the aggregate of all children, from what they have reported by themselves.
 *
 * It keeps prom-client's contract (`clusterMetrics()`, `contentType`, `setRegistries`, `AggregatorRegistry.aggregate`),
 * but asks no child for anything: a child that is blocked, dead or not ready cannot delay, empty or fail a scrape, and
 * a dead child's counters stay. Make it before the first `cluster.fork()`.
 */
export class ClusterRegistry extends AggregatorRegistry<RegistryContentType> {
  readonly #options: ClusterRegistryOptions;
  readonly #totals: Totals;
  readonly #tracker: ChangeTracker;
  readonly #self: Instruments<typeof selfMetrics>;
  readonly #primary: Source;
  readonly #children = new Map<number, Source>();
  readonly #keys = new RememberedKeys();
  readonly #stopAwaitingEnds: () => void;
  readonly #nowMs: () => number;
  readonly #staleAfterMs: number;
  readonly #collectTimeoutMs: number;
  readonly #told = new Set<string>();
  /** Changes that wait for a rendering to end, so that it shows one instant. */
  #held: (() => void)[] | undefined;
  readonly #everything: Readonly<Record<Format, () => Promise<Rendering>>>;
  /** Renderings are one at a time: each holds the changes back. */
  #lastRendering: Promise<unknown> = Promise.resolve();

  /** Sets the registries that a child reports. Default: prom-client's default registry. */
  static override setRegistries(registries: Registry | Registry[]): void {
    const list = Array.isArray(registries) ? registries : [registries];
    super.setRegistries(list);
    setReportedRegistries(list);
  }

  constructor(options: ClusterRegistryOptions = {}) {
    super();
    this.setContentType(options.contentType ?? contentTypes.text);
    this.#options = options;
    this.#nowMs = options.nowMs ?? (() => performance.now());
    this.#staleAfterMs = options.staleAfterMs ?? 5000;
    this.#collectTimeoutMs = options.collectTimeoutMs ?? 500;
    const identity = options.identity ?? { role: 'primary', slot: '0' };
    this.#tracker = new ChangeTracker({
      registries: [this, ...(options.registries ?? [register])],
      undeclaredLabels: identity,
      ...(options.onError ? { onError: options.onError } : {}),
    });
    this.#self = createInstruments(selfMetrics, this, this.#tracker);
    // At zero from the start, so that Prometheus sees the first drop as an increase.
    const dropped = this.#self.cluster_series_dropped_total;
    for (const reason of selfMetrics.cluster_series_dropped_total.labels.reason) dropped.with({ reason });
    this.#primary = new Source(identity, 'reporting', this.#nowMs());
    this.#totals = new Totals({
      maxLabelSets: options.maxLabelSets ?? 10_000,
      uncapped: new Set(Object.keys(selfMetrics)),
      nowMs: this.#nowMs,
      onDrop: (reason, metric, detail) => {
        this.#self.cluster_series_dropped_total.with({ reason }).inc();
        const key = `${reason} ${metric}`;
        if (this.#told.has(key)) return;
        this.#told.add(key);
        options.onDrop?.(reason, metric, detail);
      },
    });
    this.#everything = {
      text: sharedTurn(() => this.#render('text', [])),
      openmetrics: sharedTurn(() => this.#render('openmetrics', [])),
    };
    cluster.on('message', this.#receive);
    this.#stopAwaitingEnds = onChildGone((id) => this.#children.get(id)?.lastReportMs, this.#depart);
  }

  /** What follows the primary's own metrics; for `createInstruments` in the primary. */
  get tracker(): ChangeTracker {
    return this.#tracker;
  }

  /** The aggregate of the whole cluster in this registry's content type. */
  override async clusterMetrics(): Promise<string> {
    const format: Format = this.contentType === contentTypes.openmetrics ? 'openmetrics' : 'text';
    const { parts } = await this.scrape({ format });
    return Buffer.concat(parts).toString('utf8');
  }

  /**
   * One answer to a scrape: all that was counted before the call, by whichever process. Concurrent calls share
   * renderings.
   */
  scrape(options: ScrapeOptions = {}): Promise<Rendering> {
    const { format = 'text', names = [] } = options;
    return names.length === 0 ? this.#everything[format]() : this.#render(format, names);
  }

  /** What is known of a child, by `cluster.workers`' id. */
  report(workerId: number): ChildReport | undefined {
    const child = this.#children.get(workerId);
    if (child === undefined) return undefined;
    const ageMs = this.#nowMs() - child.lastReportMs;
    const state = child.state === 'incompatible' ? child.state : ageMs > this.#staleAfterMs ? 'stale' : 'reporting';
    return { identity: child.identity, state, ageMs };
  }

  /**
   * What one metric's series stand at, for a page that shows some figures and does not want the text of all. Takes
   * nothing but memory: no child is asked, nothing is printed, and no scrape waits for it. What the primary itself
   * counts is as of the last scrape.
   *
   * @param name of a counter or gauge; of anything else, nothing
   */
  values(name: string): readonly Reading[] {
    return this.#totals.values(name);
  }

  /** The same of a histogram. */
  distributions(name: string): readonly Distribution[] {
    return this.#totals.distributions(name);
  }

  /**
   * Removes series from the aggregate, as when a tenant is gone. A process that goes on to report one starts it anew.
   *
   * @param labels series that have all of these label values
   * @param name of one metric. Default: all
   */
  removeSeries(labels: Identity, name?: string): void {
    this.#mutate(() => this.#totals.removeSeries(labels, name));
  }

  /**
   * Leaves series out of the answer and keeps their totals, as when a tenant leaves that may return. They count neither
   * for `cluster_series` nor against `maxLabelSets`. The next report that has one of them shows it again, and so does
   * {@link restoreSeries}, from the value that it had: no counter goes back for a scraper that sees it again. Live gauges
   * are removed instead.
   *
   * @param labels series that have all of these label values
   * @param name of one metric. Default: all
   */
  retireSeries(labels: Identity, name?: string): void {
    this.#mutate(() => this.#totals.retireSeries(labels, name));
  }

  /** Shows retired series again. */
  restoreSeries(labels: Identity, name?: string): void {
    this.#mutate(() => this.#totals.restoreSeries(labels, name));
  }

  /** Stops listening to the cluster. */
  close(): void {
    cluster.off('message', this.#receive);
    this.#stopAwaitingEnds();
  }

  readonly #receive = (worker: Worker, message: unknown): void => {
    const parsed = parse(message);
    switch (parsed.kind) {
      case 'foreign':
        return;
      case 'hello':
        this.#children.set(worker.id, new Source(parsed.identity, 'reporting', this.#nowMs()));
        return;
      case 'version-mismatch':
        this.#children.set(worker.id, new Source(parsed.identity, 'incompatible', this.#nowMs()));
        this.#drop(`version ${String(parsed.version)} of the protocol is not this primary's`, worker);
        return;
      case 'unrecognised':
        this.#drop('a message of this protocol was not understood', worker);
        return;
      case 'frame': {
        const child = this.#children.get(worker.id);
        if (child === undefined) {
          this.#drop('a frame came before its hello; make the ClusterRegistry before the first fork', worker);
          return;
        }
        child.lastReportMs = this.#nowMs();
        if (child.state === 'incompatible') return;
        this.#mutate(() => this.#apply(child, parsed.sections));
      }
    }
  };

  readonly #depart = (workerId: number): void => {
    const child = this.#children.get(workerId);
    if (child === undefined) return;
    this.#children.delete(workerId);
    const { role = '', slot = '' } = child.identity;
    this.#self.cluster_child_report_age_seconds.remove({ role, slot });
    this.#mutate(() => this.#totals.depart(child));
  };

  #drop(detail: string, worker: Worker): void {
    this.#mutate(() => this.#totals.apply(this.#primary, { dropped: [['protocol', `child ${worker.id}`, detail]] }));
  }

  #apply(source: Source, sections: readonly Section[]): void {
    for (const { once, rememberMs = defaultRememberMs, changes } of sections) {
      // What a section introduces is needed even when its counts were seen before.
      if (once === undefined || this.#keys.add(once, rememberMs, this.#nowMs())) this.#totals.apply(source, changes);
      else this.#totals.apply(source, introductionsOf(changes));
    }
  }

  #mutate(change: () => void): void {
    if (this.#held) this.#held.push(change);
    else change();
  }

  async #render(format: Format, names: readonly string[]): Promise<Rendering> {
    await this.#collect();
    const before = this.#lastRendering;
    const rendering = before.then(() => this.#renderNow(format, names));
    this.#lastRendering = rendering.catch(() => undefined);
    return rendering;
  }

  async #renderNow(format: Format, names: readonly string[]): Promise<Rendering> {
    // Whoever saw an answer counted has its frame in the kernel already; one turn reads it in before the totals are
    // printed, even if the scrape's own request was read first.
    await nextTurn();
    const startMs = this.#nowMs();
    this.#noteAges(startMs);
    const own = this.#tracker.take();
    if (own) this.#totals.apply(this.#primary, own);
    this.#totals.tick();
    this.#held = [];
    try {
      const rendering = await render(
        this.#totals,
        format,
        names.length === 0 ? () => true : (family) => names.some((name) => family.answersTo(name)),
      );
      this.#self.cluster_scrape_duration_seconds.with({}).observe((this.#nowMs() - startMs) / 1000);
      if (names.length === 0) this.#self.cluster_series.with({}).set(rendering.series);
      return rendering;
    } finally {
      const held = this.#held;
      this.#held = undefined;
      for (const change of held) change();
    }
  }

  /** What sets the primary's own metrics may ask others (a queue, say), and must not hold the answer up. */
  async #collect(): Promise<void> {
    const prepared = (async () => this.#options.beforeScrape?.())().catch((error: unknown) =>
      this.#options.onError?.(error),
    );
    await within(this.#collectTimeoutMs, Promise.all([prepared, this.#tracker.collect()]));
  }

  #noteAges(nowMs: number): void {
    const ages = this.#self.cluster_child_report_age_seconds;
    for (const child of this.#children.values()) {
      const ageMs = nowMs - child.lastReportMs;
      this.#totals.setStale(child, ageMs > this.#staleAfterMs);
      const { role = '', slot = '' } = child.identity;
      ages.with({ role, slot }).set(Math.round(ageMs) / 1000);
    }
  }
}
