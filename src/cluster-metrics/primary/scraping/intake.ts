/**
 * The children: takes in what they report, asks those that have metrics with a `collect` function to run it when a scrape comes,
 * and knows when each was heard of last.
 * Must not know: by what transport they report, nor what a scrape prints.
 */
import { defaultRememberMs, type Frame, type Identity, parseFromChild } from '../../wire/protocol.js';
import type { ChildLink, ChildReceiver } from '../../wire/channels/transport.js';
import { within } from '../../wire/pace.js';
import type { AggregateOptions, ChildReport } from '../contract.js';
import type { SelfRecorder } from '../self-metrics.js';
import { Source } from '../totals/source.js';
import type { Totals } from '../totals/totals.js';
import type { Gate } from './gate.js';
import { RememberedKeys } from './remembered-keys.js';

const noFrames =
  'make the ClusterRegistry before the first fork, and attach a process in the turn in which it is started';

interface Child {
  readonly source: Source;
  /** It has metrics that only a `collect` function finds. */
  collects: boolean;
  /** The request to collect that it has not answered; `late`: nor in time, and it is neither asked nor waited for until it reports. */
  unanswered: number | 'late' | undefined;
  answered(): void;
}

export class Intake implements ChildReceiver {
  /** Of all registries: the answers of a thread reach each that attached it. */
  static #lastRequest = 0;
  readonly #children = new Map<ChildLink, Child>();
  readonly #keys = new RememberedKeys();
  #collecting: Promise<void> | undefined;

  constructor(
    private readonly totals: Totals,
    private readonly gate: Gate,
    private readonly self: SelfRecorder,
    private readonly options: Pick<Required<AggregateOptions>, 'nowMs' | 'staleAfterMs' | 'collectWaitMs' | 'onDrop'>,
  ) {}

  reports(isMeant: (link: ChildLink) => boolean = () => true): ChildReport[] {
    const { nowMs, staleAfterMs } = this.options;
    const children = [...this.#children].filter(([link]) => isMeant(link));
    return children.map(([{ kind }, { source }]) => {
      const { identity, process, lastReportMs } = source;
      const ageMs = nowMs() - lastReportMs;
      const state = source.state === 'reporting' && ageMs > staleAfterMs ? 'stale' : source.state;
      return { kind, identity, ...(process ? { process } : {}), state, ageMs };
    });
  }

  message(link: ChildLink, message: unknown): void {
    const parsed = parseFromChild(message);
    switch (parsed.type) {
      case 'foreign':
        return;
      case 'cluster-metrics:hello':
        this.#welcome(link, parsed.identity, 'reporting', parsed.process);
        link.send({ type: 'cluster-metrics:welcome' });
        return;
      case 'version-mismatch':
        this.#welcome(link, parsed.identity, 'incompatible');
        this.refused(`child ${link.id}`, `version ${String(parsed.version)} of the protocol is not this primary's`);
        return;
      case 'unrecognised':
      case 'cluster-metrics:reports':
        this.refused(`child ${link.id}`, 'a message of this protocol was not understood');
        return;
      case 'cluster-metrics:frame':
        this.#takeIn(link, parsed);
    }
  }

  gone(link: ChildLink): void {
    const child = this.#children.get(link);
    if (child === undefined) return;
    this.#children.delete(link);
    child.answered();
    this.self.departed({ id: link.id, identity: child.source.identity });
    this.gate.pass(() => this.totals.depart(child.source));
  }

  refused(peer: string, detail: string): void {
    this.gate.pass(() => this.options.onDrop('protocol', peer, detail));
  }

  /** How long each child has been silent, and which are stale. */
  noteAges(): void {
    const nowMs = this.options.nowMs();
    const ages = [];
    for (const [link, { source }] of this.#children) {
      link.check?.();
      const ageMs = nowMs - source.lastReportMs;
      this.totals.setStale(source, ageMs > this.options.staleAfterMs);
      ages.push({ id: link.id, identity: source.identity, ageMs });
    }
    this.self.ages(ages);
  }

  /** Resolves after `collectWaitMs` at the latest. Scrapes that come while children are being asked share the answers. */
  collect(): Promise<void> {
    this.#collecting ??= this.#askAll().finally(() => {
      this.#collecting = undefined;
    });
    return this.#collecting;
  }

  async #askAll(): Promise<void> {
    const id = ++Intake.#lastRequest;
    const asked = [...this.#children].filter(([, { collects, unanswered }]) => collects && unanswered !== 'late');
    if (asked.length === 0) return;
    const answers = asked.map(([link, child]) => {
      child.unanswered = id;
      const answer = new Promise<void>((resolve) => {
        child.answered = resolve;
      });
      link.send({ type: 'cluster-metrics:collect', id });
      return answer;
    });
    await within(this.options.collectWaitMs, Promise.all(answers));
    for (const [, child] of asked) if (child.unanswered === id) child.unanswered = 'late';
  }

  #welcome(link: ChildLink, told: Identity, state: Source['state'], process?: Source['process']): void {
    // A thread that one more registry attaches introduces itself to all of them anew; one that stops says so.
    if (link.kind === 'thread' && this.#children.has(link)) return;
    this.gone(link);
    const source = new Source(this.#identityOf(link, told), state, this.options.nowMs(), process);
    this.#children.set(link, { source, collects: false, unanswered: undefined, answered: () => undefined });
  }

  /**
   * A child of the cluster is told from others by its worker's id at least. Any other that tells no slot gets the lowest that
   * none of its role has, so that its series are its own and a process that is started anew has its predecessor's.
   */
  #identityOf({ kind }: ChildLink, told: Identity): Identity {
    if (kind === 'cluster' || told['slot'] !== undefined) return told;
    const role = told['role'] ?? (kind === 'thread' ? 'thread' : 'process');
    const taken = new Set<string | undefined>();
    for (const { source } of this.#children.values()) {
      if (source.identity['role'] === role) taken.add(source.identity['slot']);
    }
    let slot = 0;
    while (taken.has(String(slot))) slot += 1;
    return { ...told, role, slot: String(slot) };
  }

  #takeIn(link: ChildLink, frame: Frame): void {
    const child = this.#children.get(link);
    if (child === undefined) {
      // A thread's hello is on its way: another registry had attached it before.
      if (link.kind !== 'thread') this.refused(`child ${link.id}`, `a frame came before its hello; ${noFrames}`);
      return;
    }
    const { source } = child;
    source.lastReportMs = this.options.nowMs();
    if (source.state === 'incompatible') return;
    child.collects = frame.collects ?? child.collects;
    if (child.unanswered === 'late' || (child.unanswered ?? 0) <= (frame.collected ?? 0) || !child.collects) {
      child.unanswered = undefined;
      child.answered();
    }
    this.gate.pass(() => {
      try {
        this.totals.setStale(source, false);
        for (const { once, rememberMs = defaultRememberMs, changes } of frame.sections) {
          const isNew = once === undefined || this.#keys.add(once, rememberMs, this.options.nowMs());
          this.totals.apply(source, changes, isNew);
        }
      } catch (error) {
        // Only its envelope was checked: it must end neither the primary nor what waits behind it.
        this.options.onDrop('protocol', `child ${link.id}`, `a frame could not be read: ${String(error)}`);
      }
    });
  }
}
