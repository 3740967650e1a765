import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import pretty from 'pino-pretty';
import { redactFields, scrub } from './redact.js';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** pino's level name. */
  readonly level: string;
  readonly role: string;
  readonly slot: number;
  /** Default: the terminal's pretty form on a terminal, else JSON lines on stdout. */
  readonly destination?: DestinationStream;
}

/** JSON lines with `role` and `slot` on each; secrets, e-mail addresses and ticket text are taken out. */
export function createLogger({ level, role, slot, destination }: LoggerOptions): Logger {
  return pino(
    {
      level,
      base: { role, slot },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: {
        level: (label) => ({ level: label }),
        log: ({ err, ...fields }) => ({
          ...redactFields(fields),
          ...(err === undefined ? {} : { err: describeError(err) }),
        }),
      },
      serializers: { err: (described: unknown) => described },
      hooks: {
        logMethod(args, method) {
          const [first, ...rest] = args;
          const clean = rest.map((value: unknown) => (typeof value === 'string' ? scrub(value) : value));
          method.apply(this, [typeof first === 'string' ? scrub(first) : first, ...clean] as typeof args);
        },
      },
    },
    destination ?? standardOutput(),
  );
}

function standardOutput(): DestinationStream {
  // In this process, not in pino's worker thread: a thread would outlive a drained child and lose its last lines.
  return process.stdout.isTTY
    ? pretty({ ignore: 'pid,hostname', sync: true })
    : pino.destination({ dest: 1, sync: true });
}

interface DescribedError {
  readonly type: string;
  readonly code?: string;
  readonly message: string;
  readonly stack?: string;
  readonly cause?: DescribedError;
}

const deepestCause = 4;

/** An error and its causes. Messages may quote what a desk or a model answered, so they are scrubbed. */
export function describeError(error: unknown, depth = 0): DescribedError {
  if (!(error instanceof Error)) return { type: typeof error, message: scrub(String(error)) };
  const code: unknown = Reflect.get(error, 'code');
  return {
    type: error.name,
    ...(typeof code === 'string' ? { code } : {}),
    message: scrub(error.message),
    ...(depth === 0 && error.stack ? { stack: scrub(error.stack) } : {}),
    ...(error.cause !== undefined && depth < deepestCause ? { cause: describeError(error.cause, depth + 1) } : {}),
  };
}
