import type { PromEntry, PromMetric } from './prom-metric.js';

/**
 * prom-client finds a label set by the string `name:value,name:value,`. A comma inside a value can make two different
 * label sets one string, and then they are silently added up. So a guarded metric's methods replace commas,
 * injectively, by a private-use character before prom-client sees them, and the entry gets the true labels back.
 */

const mark = '\u{E02C}';

function isAmbiguous(value: unknown): value is string {
  return typeof value === 'string' && (value.includes(',') || value.includes(mark));
}

function escapeValue(value: unknown): unknown {
  return isAmbiguous(value) ? value.replaceAll(mark, `${mark}0`).replaceAll(',', `${mark}1`) : value;
}

function unescapeValue(value: string): string {
  return value.replaceAll(`${mark}1`, ',').replaceAll(`${mark}0`, mark);
}

/** The key under which prom-client keeps a label set. */
export function labelKey(sortedNames: readonly string[], labels: Readonly<Record<string, string>>, guarded: boolean) {
  return sortedNames.map((name) => `${name}:${String(guarded ? escapeValue(labels[name]) : labels[name])},`).join('');
}

type Labels = Readonly<Record<string, unknown>>;

function isObject(value: unknown): value is Labels {
  return typeof value === 'object' && value !== null;
}

/** Runs at each update of a guarded metric: two searches in a short string are all that an ordinary value pays. */
function hasAmbiguousValue(labels: Labels, names: readonly string[]): boolean {
  for (const name of names) if (isAmbiguous(labels[name])) return true;
  return false;
}

function escapeLabels(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, escapeValue(value)]));
}

/** Gives an entry of a guarded metric the labels that its caller wrote. */
export function restoreLabels(entry: PromEntry): void {
  if (!Object.values(entry.labels).some((value) => typeof value === 'string' && value.includes(mark))) return;
  entry.labels = Object.fromEntries(
    Object.entries(entry.labels).map(([name, value]) => [
      name,
      typeof value === 'string' ? unescapeValue(value) : value,
    ]),
  );
}

type Method = (...args: unknown[]) => unknown;

function methodOf(metric: PromMetric, name: string): Method | undefined {
  const method: unknown = Reflect.get(metric, name);
  return typeof method === 'function' ? (...args) => Reflect.apply(method, metric, args) : undefined;
}

/** The updates to which all others of prom-client's (`labels()`, timers) come down, each with at most two arguments. */
const updates = ['inc', 'dec', 'set', 'observe', 'zero'];

type Update = (this: PromMetric, first: unknown, second: unknown) => unknown;

function isUpdate(value: unknown): value is Update {
  return typeof value === 'function';
}

/** @returns whether the metric needed guarding: with less than two labels no value can be ambiguous */
export function guardLabels(metric: PromMetric): boolean {
  if (metric.labelNames.length < 2) return false;

  const names = [...metric.labelNames];
  const withExemplars = Reflect.get(metric, 'enableExemplars') === true;

  const escapeIfNeeded = (labels: Labels): Labels => (hasAmbiguousValue(labels, names) ? escapeLabels(labels) : labels);

  /** An update's first argument: the labels, or, where a metric has exemplars enabled, an object that holds them. */
  const guard = (argument: Labels): Labels => {
    if (!withExemplars) return escapeIfNeeded(argument);
    const { labels } = argument;
    return isObject(labels) ? { ...argument, labels: escapeIfNeeded(labels) } : argument;
  };

  for (const name of updates) {
    const update: unknown = Reflect.get(metric, name);
    if (!isUpdate(update)) continue;
    Reflect.set(metric, name, (first: unknown, second: unknown): unknown =>
      update.call(metric, isObject(first) ? guard(first) : first, second),
    );
  }

  const remove = metric.remove.bind(metric);
  metric.remove = (...args) => remove(...args.map((arg) => (isObject(arg) ? escapeLabels(arg) : escapeValue(arg))));

  // A counter's and a gauge's `labels()` bind the guarded updates; a histogram's and a summary's go around them.
  const labels = methodOf(metric, 'labels');
  if (labels !== undefined && (metric.type === 'histogram' || metric.type === 'summary')) {
    const observe = methodOf(metric, 'observe');
    const startTimer = methodOf(metric, 'startTimer');
    Reflect.set(metric, 'labels', (...args: unknown[]): unknown => {
      const handle = labels(...args);
      const given = isObject(args[0]) ? args[0] : Object.fromEntries(names.map((name, i) => [name, args[i]]));
      if (!hasAmbiguousValue(given, names)) return handle;
      return {
        observe: (value: unknown) => (withExemplars ? observe?.({ labels: given, value }) : observe?.(given, value)),
        startTimer: () => startTimer?.(given),
      };
    });
  }
  return true;
}
