/** Numbers with their units, for people. */

export type Unit = 'seconds' | 'bytes' | 'percent' | 'none';

/** With about three significant digits, and separators between thousands. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '-∞';
  const digits = Math.abs(value) >= 100 || Number.isInteger(value) ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  if (value !== 0 && Math.abs(value) < 0.005) return value.toExponential(1);
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

export function formatDuration(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds);
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

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

export function formatBytes(bytes: number): string {
  if (!Number.isFinite(bytes)) return formatNumber(bytes);
  const power = Math.min(byteUnits.length - 1, Math.max(0, Math.floor(Math.log2(Math.abs(bytes) || 1) / 10)));
  return `${formatNumber(bytes / 1024 ** power)} ${byteUnits[power]}`;
}

export function formatQuantity(value: number, unit: Unit): string {
  switch (unit) {
    case 'seconds':
      return formatDuration(value);
    case 'bytes':
      return formatBytes(value);
    case 'percent':
      return `${formatNumber(value)} %`;
    case 'none':
      return formatNumber(value);
  }
}

/** By Prometheus' naming rules; one metric is a percentage. */
export function unitOf(metricName: string): Unit {
  if (/_seconds(_total)?$/.test(metricName)) return 'seconds';
  if (/_bytes(_total)?$/.test(metricName)) return 'bytes';
  if (metricName === 'enhancement_success_rate') return 'percent';
  return 'none';
}

/** `500ms`, `5s`, `2m`, `1h`; a number without a unit is seconds. Undefined: not a duration. */
export function parseDurationMs(text: string): number | undefined {
  const [, amount, unit = 's'] = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text.trim()) ?? [];
  if (amount === undefined) return undefined;
  const scale = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }[unit];
  const ms = scale === undefined ? 0 : Number(amount) * scale;
  return ms > 0 ? ms : undefined;
}
