/** Formats figures for people. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** Shown where there is no figure. */
export const nothing = '–';

/** Shown instead of "none" while Redis cannot be read. */
export const unread = 'Not known: Redis cannot be read.';

export function count(value: number): string {
  return whole.format(value);
}

/** `740 ms`, `1.25 s`, `12.3 s`, `5 min 10 s`, `3 h 2 min`, `4 d 1 h`. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return nothing;
  if (seconds === 0) return '0 s';
  if (seconds < 0.9995) {
    const ms = seconds * 1000;
    return `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  }
  if (seconds < 9.995) return `${seconds.toFixed(2)} s`;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  return span(seconds);
}

/** In whole units: `0 s`, `42 s`, `5 min 10 s`. */
export function span(seconds: number): string {
  const total = Math.floor(seconds);
  if (total < 60) return `${total} s`;
  if (total < 3600) return `${Math.floor(total / 60)} min ${total % 60} s`;
  if (total < 86_400) return `${Math.floor(total / 3600)} h ${Math.floor((total % 3600) / 60)} min`;
  return `${Math.floor(total / 86_400)} d ${Math.floor((total % 86_400) / 3600)} h`;
}

export function bytes(value: number | undefined): string {
  if (value === undefined) return nothing;
  return value < 2 ** 30 ? `${(value / 2 ** 20).toFixed(0)} MiB` : `${(value / 2 ** 30).toFixed(2)} GiB`;
}

/** Rounded down to two digits: less than all is never shown as 100 %. */
export function percent(value: number | undefined): string {
  if (value === undefined) return nothing;
  return `${Number((Math.floor(value * 100) / 100).toFixed(2))} %`;
}

/** `2026-11-25 01:10:19` in UTC, as in the logs. */
export function moment(iso: string): string {
  return iso.slice(0, 19).replace('T', ' ');
}
