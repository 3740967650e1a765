/** Numbers with their units, for people. */

/** With about three significant digits, and separators between thousands. */
export function formatNumber(value: number): string {
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  if (value !== 0 && Math.abs(value) < 0.005) return value.toExponential(1);
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function formatDuration(seconds: number): string {
  const size = Math.abs(seconds);
  if (size === 0) return '0 s';
  if (size < 0.000_999_5) return `${formatNumber(seconds * 1e6)} µs`;
  if (size < 0.9995) return `${formatNumber(seconds * 1000)} ms`;
  if (size < 119.5) return `${formatNumber(seconds)} s`;
  if (size < 7199.5) return inTwo(Math.round(seconds), 60, 'min', 's');
  if (size < 172_770) return inTwo(Math.round(seconds / 60), 60, 'h', 'min');
  return `${formatNumber(Math.round(seconds / 86_400))} d`;
}

/** For an age or a wait: in whole seconds, and not negative where two clocks differ. */
export function formatAge(milliseconds: number): string {
  return formatDuration(Math.max(0, Math.round(milliseconds / 1000)));
}

/** Rounded before it is split, so that the result is never 2 min 60 s. */
function inTwo(small: number, perLarge: number, largeUnit: string, smallUnit: string): string {
  return `${Math.trunc(small / perLarge)} ${largeUnit} ${Math.abs(small % perLarge)} ${smallUnit}`;
}

/** `500ms`, `5s`, `2m`, `1h`; a number without a unit is seconds. Undefined: not a duration. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const scale = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
  const ms = scale === undefined ? 0 : Number(amount) * scale;
  return ms > 0 ? ms : undefined;
}
