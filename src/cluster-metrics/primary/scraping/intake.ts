/**
 * Takes in what children report, and keeps an account of the children.
 * Must not know: by what transport they report, nor when a scrape comes.
 */
import { type DropReason, introductionsOf } from '../../wire/changes.js';
import type { ChildLink, ChildReceiver } from '../../wire/channels/transport.js';
import { defaultRememberMs, type Frame, type Identity, parseFromChild } from '../../wire/protocol.js';
import type { AggregateOptions, ChildReport } from '../contract.js';
import type { SelfRecorder } from '../self-metrics.js';
import { identityAmong, reportOf, Source } from '../totals/children.js';
import type { Totals } from '../totals/totals.js';
import type { Collection } from './collection.js';
import type { Gate } from './gate.js';
import { RememberedKeys } from './remembered-keys.js';

const noFrames =
  'make the ClusterRegistry before the first fork, and attach other children in the turn in which they are started';

export interface IntakeContext {
  readonly totals: Totals;
  readonly gate: Gate;
  readonly collection: Collection;
  readonly self: SelfRecorder;
  readonly options: Pick<Required<AggregateOptions>, 'nowMs' | 'staleAfterMs'>;
  dropped(reason: DropReason, metric: string, detail: string): void;
}

export class Intake implements ChildReceiver {
  readonly #context: IntakeContext;
  readonly #children = new Map<ChildLink, Source>();
  readonly #keys = new RememberedKeys();

  constructor(context: IntakeContext) {
    this.#context = context;
  }

  reports(isMeant: (link: ChildLink) => boolean = () => true): ChildReport[] {
    const { nowMs, staleAfterMs } = this.#context.options;
    const children = [...this.#children].filter(([link]) => isMeant(link));
    return children.map(([link, source]) => reportOf(link, source, nowMs(), staleAfterMs));
  }

  message(link: ChildLink, message: unknown): void {
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
    this.gone(link);
    const identity = identityAmong(this.#children.values(), link, told);
    this.#children.set(link, new Source(identity, state, this.#context.options.nowMs(), process));
  }

  #takeIn(link: ChildLink, frame: Omit<Frame, 'type'>): void {
    const child = this.#children.get(link);
    if (child === undefined) {
      this.#dropProtocol(`a frame came before its hello; ${noFrames}`, link);
      return;
    }
    child.lastReportMs = this.#context.options.nowMs();
    if (child.state === 'incompatible') return;
    this.#context.collection.reported(link, frame);
    this.#context.gate.pass(() => {
      try {
        this.#context.totals.setStale(child, false);
        for (const { once, rememberMs = defaultRememberMs, changes } of frame.sections) {
          const isNew = once === undefined || this.#keys.add(once, rememberMs, this.#context.options.nowMs());
          // What a section introduces is needed even when its counts were seen before.
          this.#context.totals.apply(child, isNew ? changes : introductionsOf(changes));
        }
      } catch (error) {
        // Only its envelope was checked: it must end neither the primary nor what waits behind it.
        this.#context.dropped('protocol', `child ${link.id}`, `a frame could not be read: ${String(error)}`);
      }
    });
  }

  gone(link: ChildLink): void {
    const child = this.#children.get(link);
    if (child === undefined) return;
    this.#children.delete(link);
    this.#context.collection.gone(link);
    this.#context.self.departed({ id: link.id, identity: child.identity });
    this.#context.gate.pass(() => this.#context.totals.depart(child));
  }

  refused(peer: string, detail: string): void {
    this.#context.gate.pass(() => this.#context.dropped('protocol', peer, detail));
  }

  /** How long each child has been silent, and which are stale. */
  noteAges(): void {
    const { options, totals, self } = this.#context;
    const nowMs = options.nowMs();
    const ages = [];
    for (const [{ id }, source] of this.#children) {
      const ageMs = nowMs - source.lastReportMs;
      totals.setStale(source, ageMs > options.staleAfterMs);
      ages.push({ id, identity: source.identity, ageMs });
    }
    self.ages(ages);
  }

  #dropProtocol(detail: string, { id }: ChildLink): void {
    this.refused(`child ${id}`, detail);
  }
}
