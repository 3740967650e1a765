/**
 * The aggregate of all processes: takes in what children report, keeps an account of the children, and answers scrapes.
 * Must not know: any metrics client, nor by what transport children report.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { type DropReason, introductionsOf } from '../../wire/changes.js';
import type { Instruments } from '../../wire/definition.js';
import { toErrorListener } from '../../wire/errors.js';
import { defaultRememberMs, type Frame, parseFromChild, type Identity } from '../../wire/protocol.js';
import type { ChildLink, ChildReceiver } from '../../wire/channels/transport.js';
import { identityAmong, reportOf, Source } from '../totals/children.js';
import { Collection } from './collection.js';
import {
  type AggregateOptions,
  type ChildReport,
  type OwnMetrics,
  type Rendering,
  type ScrapeOptions,
  withDefaults,
} from '../contract.js';
import type { Format } from '../printing/exposition.js';
import { Gate } from './gate.js';
import { Pace, within } from '../../wire/pace.js';
import { sharedTurn } from './shared-turn.js';
import { RememberedKeys } from './remembered-keys.js';
import { render } from '../printing/rendering.js';
import { type SelfRecorder, type selfMetrics, selfRecorder } from '../self-metrics.js';
import { Totals } from '../totals/totals.js';

const noFrames =
  'make the ClusterRegistry before the first fork, and attach other children in the turn in which they are started';

/** Label sets of the primary that are taken in at once: some milliseconds of work. */
const labelSetsAtOnce = 500;

interface Request {
  readonly format: Format;
  readonly names: readonly string[];
  /** Of `performance.now()`. */
  readonly untilMs: number;
}

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
    this.mutate(() => this.#noteAges());
    await this.#takeOwn(Number.POSITIVE_INFINITY);
  }

  /** Changes the totals: at once, or when the answer that is under way has been printed. */
  mutate(change: () => void): void {
    this.#gate.pass(change);
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
        this.#dropped('protocol', `child ${link.id}`, `a frame could not be read: ${String(error)}`);
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
    const untilMs = Math.min(...Array.from(requests.values(), (request) => request.untilMs));
    await this.#collect();
    // What a client saw counted is in a frame that is in the kernel by now. The loop reads it before the totals are printed: the
    // first turn ends the one that this was called in, and the second has asked the kernel after the call.
    await nextTurn();
    await nextTurn();
    await within(untilMs - performance.now(), this.#gate.emptied);
    this.#noteAges();
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
    const { nowMs, beforeScrape, collectTimeoutMs, collectWaitMs } = this.#options;
    this.#collectedMs = nowMs();
    const prepared = (async () => beforeScrape())().catch(this.#failed);
    const collected = this.#own.collect(collectTimeoutMs).then(() => this.#own.look());
    const own = Promise.all([prepared, collected]);
    await Promise.all([within(collectTimeoutMs, own), this.#collection.ask(collectWaitMs)]);
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
