import { type ConfidenceModel, confidenceOf, probabilityOf } from '../../src/enhancement/confidence.js';
import type { Case } from './cases.js';
import type { Collection } from './collections.js';
import { fitLogistic } from './logistic.js';
import { mean } from './measures.js';

/** Every kind of collection counts the same, and so does each of its collections, with an answer as much as without. */
export function fit(cases: readonly Case[]): ConfidenceModel {
  const group = ({ collection, answerable }: Case): string => `${collection.name} ${answerable}`;
  const sizes = new Map<string, number>();
  const groupsOfKind = new Map<string, Set<string>>();
  for (const one of cases) {
    sizes.set(group(one), (sizes.get(group(one)) ?? 0) + 1);
    const groups = groupsOfKind.get(one.collection.kind) ?? new Set();
    groupsOfKind.set(one.collection.kind, groups.add(group(one)));
  }
  return fitLogistic(
    cases.map((one) => {
      const ofKind = groupsOfKind.get(one.collection.kind)?.size ?? 1;
      return { evidence: one.evidence, relevant: one.relevant, weight: 1 / (sizes.get(group(one)) ?? 1) / ofKind };
    }),
  );
}

export interface Judged {
  readonly one: Case;
  readonly probability: number;
}

/** Each case by a model that was fitted to the collections of the other kinds. */
export function judgedByOthers(cases: readonly Case[]): Judged[] {
  return [...new Set(cases.map(({ collection }) => collection.kind))].flatMap((kind) => {
    const model = fit(cases.filter(({ collection }) => collection.kind !== kind));
    return cases
      .filter(({ collection }) => collection.kind === kind)
      .map((one) => ({ one, probability: probabilityOf(one.evidence, model) }));
  });
}

export interface Shown {
  /** Questions with an answer for which a relevant document is shown. */
  readonly relevant: number;
  /** Documents that are shown for them and are relevant. */
  readonly precision: number;
  /** Questions with an answer for which nothing is shown. */
  readonly nothing: number;
  /** Questions without an answer for which something is shown. */
  readonly wrongly: number;
}

/** What a note would show of one collection, as parts of 1. */
export function shownOf(collection: Collection, judged: readonly Judged[]): Shown {
  const own = judged.filter(({ one }) => one.collection === collection);
  const shown = own.filter(({ probability }) => confidenceOf(probability) !== undefined);
  const asked = (all: readonly Judged[], answerable: boolean): number =>
    new Set(all.filter(({ one }) => one.answerable === answerable).map(({ one }) => one.asked)).size;
  const answered = shown.filter(({ one }) => one.answerable);
  return {
    relevant:
      asked(
        answered.filter(({ one }) => one.relevant),
        true,
      ) / asked(own, true),
    precision: mean(answered.map(({ one }) => (one.relevant ? 1 : 0))),
    nothing: 1 - asked(answered, true) / asked(own, true),
    wrongly: asked(shown, false) / asked(own, false),
  };
}

export interface Decile {
  readonly cases: number;
  readonly expected: number;
  readonly observed: number;
}

/** Probabilities against what was relevant, in ten equal ranges. */
export function calibration(judged: readonly Judged[]): Decile[] {
  return Array.from({ length: 10 }, (_, i) => {
    const within = judged.filter(({ probability }) => Math.min(9, Math.floor(probability * 10)) === i);
    return {
      cases: within.length,
      expected: mean(within.map(({ probability }) => probability)),
      observed: mean(within.map(({ one }) => (one.relevant ? 1 : 0))),
    };
  });
}
