import { type Config, fields } from './config.js';
import type { Variable } from './variable-kinds.js';
import { secretPartOf, type VariableName, variableNames } from './variables.js';

/** Which parts of a configuration are secret, and what is shown of it. */

type Value = Config[keyof Config];

/** The configuration by variable. Of a secret it shows only `set` or `not set`. */
export function publicConfig(config: Config): Readonly<Record<VariableName, string | number>> {
  const shown = variableNames.map((name) => [name, asShown(config[fields[name]], secretPartOf(name) !== undefined)]);
  return Object.fromEntries(shown) as Record<VariableName, string | number>;
}

function asShown(value: Value, secret: boolean): string | number {
  if (value === undefined) return 'not set';
  if (secret) return 'set';
  if (typeof value !== 'object') return value;
  return isList(value) ? value.join(',') : asPairs(value);
}

/** `Array.isArray` does not narrow readonly arrays. */
function isList(value: NonNullable<Value> & object): value is readonly string[] {
  return Array.isArray(value);
}

/** In the form of the variable, without percent-encoding. */
function asPairs(pairs: Readonly<Record<string, string>>): string {
  return Object.entries(pairs)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** Every secret in a configuration, for redaction. */
export function secretsOf(config: Config): string[] {
  return variableNames.flatMap((name) => {
    const value = config[fields[name]];
    const part = secretPartOf(name);
    return value === undefined || part === undefined ? [] : secretsIn(value, part);
  });
}

function secretsIn(value: NonNullable<Value>, part: NonNullable<Variable['secret']>): string[] {
  if (typeof value === 'object') return Object.values(value);
  if (part === 'all') return [`${value}`];
  // `new URL` does not parse the list of a cluster's nodes.
  const password = /^[\w+]+:\/\/[^/@:]*:([^/]*)@/.exec(`${value}`)?.[1] ?? '';
  return password === '' ? [] : [password, decoded(password)];
}

/** Unchanged if it is not, or not correctly, percent-encoded. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
