/**
 * Which format and which coding a scraper asks for, by its headers (RFC 9110, sections 12.5.1 and 12.5.3).
 * Must not know: what is answered.
 */
import type { Format } from '../printing/exposition.js';

interface Range {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
  readonly quality: number;
}

/** The text format, unless OpenMetrics 1.0.0 is asked for by its name and at least as much. */
export function formatFor(accept: string | undefined): Format {
  const ranges = parse(accept ?? '').filter(({ name, parameters }) => {
    const version = parameters.get('version');
    return name !== 'application/openmetrics-text' || version === undefined || version === '1.0.0';
  });
  const openMetrics = qualityOf(ranges, ['application/openmetrics-text', 'application/*', '*/*']);
  const text = qualityOf(ranges, ['text/plain', 'text/*', '*/*']);
  if (openMetrics > text) return 'openmetrics';
  const isNamed = ranges.some(({ name }) => name === 'application/openmetrics-text');
  return isNamed && openMetrics > 0 && openMetrics === text ? 'openmetrics' : 'text';
}

export function acceptsGzip(acceptEncoding: string | string[] | undefined): boolean {
  const ranges = parse([acceptEncoding ?? ''].flat().join(','));
  return qualityOf(ranges, ['gzip', '*']) > 0 || qualityOf(ranges, ['x-gzip']) > 0;
}

/** The most specific range that is there counts. @param names most specific first */
function qualityOf(ranges: readonly Range[], names: readonly string[]): number {
  for (const name of names) {
    const matching = ranges.filter((range) => range.name === name);
    if (matching.length > 0) return Math.max(...matching.map(({ quality }) => quality));
  }
  return 0;
}

function parse(header: string): Range[] {
  return split(header, ',').map((part) => {
    const [name = '', ...rest] = split(part, ';').map((text) => text.trim());
    const parameters = new Map(
      rest.map((parameter) => {
        const [key = '', ...value] = parameter.split('=');
        return [key.trim().toLowerCase(), unquoted(value.join('=').trim())];
      }),
    );
    const quality = Number(parameters.get('q') ?? 1);
    return { name: name.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 0 : quality };
  });
}

function unquoted(value: string): string {
  return value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1).replaceAll('\\', '') : value;
}

/** A separator in quotes is a part of the value. */
function split(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  let isQuoted = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    if (character === '"') isQuoted = !isQuoted;
    if (character === '\\' && isQuoted) part += text.charAt(i++);
    if (character === separator && !isQuoted) {
      parts.push(part);
      part = '';
    } else part += text.charAt(i);
  }
  return [...parts, part];
}
