/** A strict parser of both text formats, written from their specifications and not from our printer. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly exemplar?: { readonly labels: Readonly<Record<string, string>>; readonly value: number };
}

export interface Exposition {
  readonly samples: readonly Sample[];
  readonly types: ReadonlyMap<string, string>;
  readonly help: ReadonlyMap<string, string>;
  readonly ended: boolean;
}

function parseNumber(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY;
  if (text === '-Inf') return Number.NEGATIVE_INFINITY;
  if (text === 'NaN') return Number.NaN;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) throw new Error(`not a number: ${text}`);
  return Number(text);
}

/** Reads `{a="b",…}` at `at`. */
function parseLabels(line: string, at: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = Object.create(null);
  if (line[at] !== '{') return { labels, end: at };
  let i = at + 1;
  while (line[i] !== '}') {
    const name = /^[a-zA-Z_][a-zA-Z0-9_]*/.exec(line.slice(i))?.[0];
    if (name === undefined || line.slice(i + name.length, i + name.length + 2) !== '="')
      throw new Error(`label: ${line}`);
    if (Object.hasOwn(labels, name)) throw new Error(`label twice: ${line}`);
    i += name.length + 2;
    let value = '';
    for (; line[i] !== '"'; i++) {
      if (i >= line.length) throw new Error(`open label value: ${line}`);
      if (line[i] !== '\\') {
        value += line[i];
        continue;
      }
      i++;
      const escape = line[i];
      if (escape === 'n') value += '\n';
      else if (escape === '"' || escape === '\\') value += escape;
      else throw new Error(`escape: ${line}`);
    }
    labels[name] = value;
    i++;
    if (line[i] === ',') i++;
    else if (line[i] !== '}') throw new Error(`label separator: ${line}`);
  }
  return { labels, end: i + 1 };
}

function parseSample(line: string): Sample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`name: ${line}`);
  const { labels, end } = parseLabels(line, name.length);
  const [number = '', ...rest] = line.slice(end).trimStart().split(' # ');
  const sample = { name, labels, value: parseNumber(number) };
  if (rest.length === 0) return sample;
  const exemplar = parseLabels(rest.join(' # '), 0);
  const [value = ''] = rest.join(' # ').slice(exemplar.end).trim().split(' ');
  return { ...sample, exemplar: { labels: exemplar.labels, value: parseNumber(value) } };
}

/** @throws Error on anything that the formats do not allow, duplicate series and a missing TYPE included */
export function parseExposition(text: string): Exposition {
  const samples: Sample[] = [];
  const types = new Map<string, string>();
  const help = new Map<string, string>();
  const seen = new Set<string>();
  let ended = false;
  if (text !== '' && !text.endsWith('\n')) throw new Error('the last line is not ended');
  for (const line of text.split('\n').slice(0, -1)) {
    if (ended) throw new Error(`after # EOF: ${line}`);
    const meta = /^# (HELP|TYPE) (\S+) (.*)$/s.exec(line);
    if (line === '# EOF') ended = true;
    else if (meta?.[1] === 'HELP') help.set(meta[2] ?? '', meta[3] ?? '');
    else if (meta?.[1] === 'TYPE') {
      if (types.has(meta[2] ?? '')) throw new Error(`TYPE twice: ${line}`);
      types.set(meta[2] ?? '', meta[3] ?? '');
    } else {
      const sample = parseSample(line);
      const key = JSON.stringify([sample.name, Object.entries(sample.labels).sort(([a], [b]) => (a < b ? -1 : 1))]);
      if (seen.has(key)) throw new Error(`series twice: ${line}`);
      seen.add(key);
      const family = [...types.keys()].find((one) => sample.name === one || sample.name.startsWith(`${one}_`));
      if (family === undefined) throw new Error(`no TYPE before: ${line}`);
      samples.push(sample);
    }
  }
  return { samples, types, help, ended };
}

/** The one sample of this name with all of these labels (and perhaps more); undefined if there is none. */
export function valueOf(
  exposition: Exposition,
  name: string,
  labels: Readonly<Record<string, string>> = {},
): number | undefined {
  const matching = exposition.samples.filter(
    (sample) =>
      sample.name === name && Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  );
  if (matching.length > 1) throw new Error(`${matching.length} samples match ${name} ${JSON.stringify(labels)}`);
  return matching[0]?.value;
}
