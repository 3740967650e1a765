import type { WriteStream } from 'node:tty';

/**
 * The output of a command. Only results go to stdout, so that they can be piped; progress and notes go to stderr.
 * Colours and spinners appear on a terminal only, and no colours where NO_COLOR is set (https://no-color.org).
 */
export interface Terminal {
  /** Of stdout. */
  readonly isTerminal: boolean;
  /** Columns of stdout; undefined if it is not a terminal: lines are then not cut. */
  readonly columns: number | undefined;
  readonly paint: Paint;
  /** To stdout, with a line end. */
  print(text: string): void;
  /** One document to stdout. */
  printJson(document: unknown): void;
  /** To stderr, with a line end. */
  note(text: string): void;
  /** Shows that something takes time. */
  progress(text: string): Progress;
}

export interface Progress {
  update(text: string): void;
  /** Removes the spinner, or replaces it by a last line. */
  end(text?: string): void;
}

export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'cyan';
export type Paint = (colour: Colour, text: string) => string;

const codes: Readonly<Record<Colour, readonly [on: number, off: number]>> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  cyan: [36, 39],
};

export const plain: Paint = (_colour, text) => text;
export const coloured: Paint = (colour, text) => `\u001b[${codes[colour][0]}m${text}\u001b[${codes[colour][1]}m`;

const frames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 100;

type Stream = Pick<WriteStream, 'write'> & { readonly isTTY?: boolean; readonly columns?: number };

export function createTerminal(
  stdout: Stream,
  stderr: Stream,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  const isTerminal = stdout.isTTY === true;
  const colours = isTerminal && !env['NO_COLOR'] && env['TERM'] !== 'dumb';
  return {
    isTerminal,
    get columns() {
      // Some pseudo-terminals report a size of 0.
      return isTerminal ? stdout.columns || undefined : undefined;
    },
    paint: colours ? coloured : plain,
    print: (text) => void stdout.write(`${text}\n`),
    printJson: (document) => void stdout.write(`${JSON.stringify(document, null, 2)}\n`),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (text) => (stderr.isTTY && env['TERM'] !== 'dumb' ? spinner(stderr, text) : lines(stderr, text)),
  };
}

function spinner(stream: Stream, text: string): Progress {
  let [frame, shown] = [0, text];
  const draw = (): void => {
    frame = (frame + 1) % frames.length;
    const line = `${frames[frame]} ${shown}`;
    stream.write(`\r${line.slice(0, (stream.columns ?? 80) - 1)}\u001b[K`);
  };
  draw();
  const timer = setInterval(draw, frameMs);
  return {
    update(next) {
      shown = next;
    },
    end(last) {
      clearInterval(timer);
      stream.write(`\r\u001b[K${last === undefined ? '' : `${last}\n`}`);
    },
  };
}

/** Not on a terminal: a line for each new text. */
function lines(stream: Stream, text: string): Progress {
  let shown = '';
  const update = (next: string): void => {
    if (next === shown) return;
    shown = next;
    stream.write(`${next}\n`);
  };
  update(text);
  return {
    update,
    end(last) {
      if (last !== undefined) update(last);
    },
  };
}
