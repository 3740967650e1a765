/**
 * The aggregate of all processes: takes in what children report, keeps an account of the children, and answers scrapes.
 *
 * Must not know: any metrics client, nor by what transport children report.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DropReason, introductionsOf } from '../wire/changes.js';
import { toErrorListener } from '../wire/errors.js';
import type { Identity } from '../wire/identity.js';
import { defaultRememberMs, type Frame, parseFromChild } from '../wire/protocol.js';
import type { ChildLink, ChildReceiver } from '../wire/transport.js';
import { identityAmong, reportOf, Source } from './children.js';
import { Collection } from './collection.js';
import type { AggregateOptions, ChildReport, Rendering, ScrapeOptions } from './contract.js';
import { withDefaults } from './contract.js';
import { Pace, sharedTurn, within } from './pace.js';
import { RememberedKeys } from './remembered-keys.js';
import { render } from './rendering.js';
import type { OwnMetrics, SelfRecorder } from './self-metrics.js';
import { Totals } from './totals.js';

const noFrames =
  'make the ClusterRegistry before the first fork, and attach other children in the turn in which they are started';

/** Longer than other slices: children must not report more meanwhile than is taken in. Milliseconds. */
const releaseSliceMs = 100;

export class Aggregate {
  readonly totals: Totals;
  /** What children say; for every channel that they report by. */
  readonly receiver: ChildReceiver;
  readonly #options: Required<AggregateOptions>;
  readonly #own: OwnMetrics;
  readonly #self: SelfRecorder;
  readonly #primary: Source;
  readonly #children = new Map<ChildLink, Source>();
  readonly #collection = new Collection();
  readonly #keys = new RememberedKeys();
  readonly #told = new Set<string>();
  readonly #failed: (error: unknown) => void;
  /** Changes that wait for a rendering to end, so that it shows one instant. */
  #heldBack: (() => void)[] | undefined;
  #released = Promise.resolve();
  /** Of the next turn, by format and names. */
  #requests = new Map<string, Required<ScrapeOptions>>();
  /** One at a time: each holds the changes back. */
  readonly #turn = sharedTurn(() => this.#answer());
  #collectedMs = Number.NEGATIVE_INFINITY;

  constructor(own: OwnMetrics, self: SelfRecorder, options: AggregateOptions) {
    this.#options = withDefaults(options);
    this.#own = own;
    this.#self = self;
    this.#failed = toErrorListener(options.onError);
    this.#primary = new Source(own.identity, 'reporting', this.#options.nowMs());
    this.totals = new Totals({ ...this.#options, onDrop: (...drop) => this.#dropped(...drop) });
    this.receiver = {
      message: (child, message) => this.#receive(child, message),
      gone: (child) => this.#depart(child),
      refused: (peer, detail) => this.mutate(() => this.#dropped('protocol', peer, detail)),
    };
  }

  reports(): ChildReport[] {
    return this.#reportsOf(() => true);
  }

  /** @param workerId in `cluster.workers` */
  report(workerId: number): ChildReport | undefined {
    return this.#reportsOf(({ kind, id }) => kind === 'cluster' && id === workerId)[0];
  }

  /** All that was counted before the call, by whichever process. */
  async scrape({ format = 'text', names = [] }: ScrapeOptions = {}): Promise<Rendering> {
    const key = JSON.stringify([format, ...[...new Set(names)].sort()]);
    this.#requests.set(key, { format, names });
    const rendering = (await this.#turn()).get(key);
    if (rendering === undefined) throw new Error('a turn ended without the answer to a scrape that it was for');
    return rendering;
  }

  /** As a scrape would, unless it was done in the last milliseconds. */
  async collect({ olderThanMs }: { readonly olderThanMs: number }): Promise<void> {
    if (this.#options.nowMs() - this.#collectedMs <= olderThanMs) return;
    await this.#collect();
    this.mutate(() => this.#noteAges());
    await this.#takeOwn();
  }

  /** Changes the totals: at once, or when the rendering that is under way has ended. */
  mutate(change: () => void): void {
    if (this.#heldBack) this.#heldBack.push(change);
    else change();
  }

  #reportsOf(isMeant: (link: ChildLink) => boolean): ChildReport[] {
    const { nowMs, staleAfterMs } = this.#options;
    const children = [...this.#children].filter(([link]) => isMeant(link));
    return children.map(([link, source]) => reportOf(link, source, nowMs(), staleAfterMs));
  }

  #receive(link: ChildLink, message: unknown): void {
    const parsed = parseFromChild(message);
    switch (parsed.kind) {
      case 'foreign':
        return;
      case 'hello':
        this.#welcome(link, parsed.identity, 'reporting', parsed.process);
        link.send({ type: 'cluster-metrics:welcome' });
        return;
      case 'version-mismatch':
        this.#welcome(link, parsed.identity, 'incompatible');
        this.#dropProtocol(`version ${String(parsed.version)} of the protocol is not this primary's`, link);
        return;
      case 'unrecognised':
        this.#dropProtocol('a message of this protocol was not understood', link);
        return;
      case 'frame':
        this.#takeIn(link, parsed);
    }
  }

  #welcome(link: ChildLink, told: Identity, state: Source['state'], process?: Source['process']): void {
    this.#depart(link);
    const identity = identityAmong(this.#children.values(), link, told);
    this.#children.set(link, new Source(identity, state, this.#options.nowMs(), process));
  }

  #takeIn(link: ChildLink, frame: Omit<Frame, 'type'>): void {
    const child = this.#children.get(link);
    if (child === undefined) {
      this.#dropProtocol(`a frame came before its hello; ${noFrames}`, link);
      return;
    }
    child.lastReportMs = this.#options.nowMs();
    if (child.state === 'incompatible') return;
    this.#collection.reported(link, frame);
    this.mutate(() => {
      try {
        this.totals.setStale(child, false);
        for (const { once, rememberMs = defaultRememberMs, changes } of frame.sections) {
          const isNew = once === undefined || this.#keys.add(once, rememberMs, this.#options.nowMs());
          // What a section introduces is needed even when its counts were seen before.
          this.totals.apply(child, isNew ? changes : introductionsOf(changes));
        }
      } catch (error) {
        // Only its envelope was checked: it must end neither the primary nor what waits behind it.
        this.#dropProtocol(`a frame could not be read: ${String(error)}`, link);
      }
    });
  }

  #depart(link: ChildLink): void {
    const child = this.#children.get(link);
    if (child === undefined) return;
    this.#children.delete(link);
    this.#collection.gone(link);
    this.#self.departed({ id: link.id, identity: child.identity });
    this.mutate(() => this.totals.depart(child));
  }

  #dropped(reason: DropReason, metric: string, detail: string): void {
    this.#self.dropped(reason);
    const key = `${reason} ${metric}`;
    if (this.#told.has(key)) return;
    this.#told.add(key);
    try {
      this.#options.onDrop(reason, metric, detail);
    } catch (error) {
      this.#failed(error);
    }
  }

  #dropProtocol(detail: string, { id }: ChildLink): void {
    this.mutate(() => this.#dropped('protocol', `child ${id}`, detail));
  }

  async #answer(): Promise<ReadonlyMap<string, Rendering>> {
    const requests = this.#requests;
    this.#requests = new Map();
    await this.#collect();
    // What a client saw counted is in a frame that is in the kernel by now. The loop reads it before the totals are printed: the
    // first turn ends the one that this was called in, and the second has asked the kernel after the call.
    await nextTurn();
    await nextTurn();
    await this.#released;
    this.#noteAges();
    await this.#takeOwn();
    this.#heldBack = [];
    try {
      const answers = new Map<string, Rendering>();
      for (const [key, request] of requests) answers.set(key, await this.#print(request));
      return answers;
    } finally {
      this.#released = this.#release(this.#heldBack);
    }
  }

  /** Few changes are made at once. @param heldBack grows meanwhile */
  async #release(heldBack: readonly (() => void)[]): Promise<void> {
    const pace = new Pace(releaseSliceMs);
    for (const change of heldBack) {
      try {
        change();
      } catch (error) {
        this.#failed(error);
      }
      if (pace.isDue) await pace.turn();
    }
    this.#heldBack = undefined;
  }

  async #print({ format, names }: Required<ScrapeOptions>): Promise<Rendering> {
    const startMs = this.#options.nowMs();
    const rendering = await render(this.totals, format, names);
    const seconds = (this.#options.nowMs() - startMs) / 1000;
    this.#self.scraped(seconds, names.length === 0 ? rendering.series : undefined);
    return rendering;
  }

  /** What sets the primary's own metrics may ask others (a queue, say), and must not hold the answer up. */
  async #collect(): Promise<void> {
    const { nowMs, beforeScrape, collectTimeoutMs, collectWaitMs } = this.#options;
    this.#collectedMs = nowMs();
    const prepared = (async () => beforeScrape())().catch(this.#failed);
    const own = Promise.all([prepared, this.#own.collect(collectTimeoutMs)]);
    await Promise.all([within(collectTimeoutMs, own), this.#collection.ask(collectWaitMs)]);
  }

  /** In slices: at the start there may be a million series. */
  async #takeOwn(): Promise<void> {
    await this.#own.ready();
    const pace = new Pace();
    for (const changes of this.#own.take()) {
      this.mutate(() => this.totals.apply(this.#primary, changes));
      if (pace.isDue) await pace.turn();
    }
  }

  #noteAges(): void {
    const nowMs = this.#options.nowMs();
    const ages = [];
    for (const [{ id }, source] of this.#children) {
      const ageMs = nowMs - source.lastReportMs;
      this.totals.setStale(source, ageMs > this.#options.staleAfterMs);
      ages.push({ id, identity: source.identity, ageMs });
    }
    this.#self.ages(ages);
  }
}
