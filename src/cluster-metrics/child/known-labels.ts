/**
 * The default labels under which the series of each registry were introduced: a registry may get others at any time, and
 * shows all of its series under them from then on.
 *
 * Must not know: the series.
 */
import type { Labels } from './client.js';
import type { FollowedRegistry } from './followed-registry.js';

interface Known {
  readonly registry: FollowedRegistry;
  given: Labels;
  text: string;
}

export class KnownLabels {
  #known: Known[] = [];

  /** A series of the registry is introduced. */
  note(registry: FollowedRegistry): Labels {
    const labels = registry.defaultLabels;
    if (!this.#known.some((one) => one.registry === registry)) {
      this.#known.push({ registry, given: labels, text: JSON.stringify(labels) });
    }
    return labels;
  }

  forget(registry: FollowedRegistry): void {
    this.#known = this.#known.filter((one) => one.registry !== registry);
  }

  /**
   * Registries with other labels than at the last call.
   *
   * @param thoroughly whether to look into the labels: they may have been changed where they lie
   */
  changed(thoroughly: boolean): readonly FollowedRegistry[] {
    let changed: FollowedRegistry[] | undefined;
    for (const known of this.#known) {
      const given = known.registry.defaultLabels;
      if (given === known.given && !thoroughly) continue;
      const text = JSON.stringify(given);
      if (text !== known.text) (changed ??= []).push(known.registry);
      known.given = given;
      known.text = text;
    }
    return changed ?? none;
  }
}

const none: readonly FollowedRegistry[] = [];
