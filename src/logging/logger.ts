import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type DestinationStream, type Logger as PinoLogger, pino } from 'pino';
import type pretty from 'pino-pretty';
import { describeError, messageOf } from './describe-error.js';
import { createLogWriter } from './log-writer.js';
import { redact, redactFields } from './redact.js';

export type Logger = PinoLogger;

export interface LoggerOptions {
  /** pino's level name. */
  readonly level: string;
  readonly role: string;
  readonly slot: number;
  /** Fields that are added to each line, such as the active trace. Default: none. */
  readonly context?: (() => object) | undefined;
  /** Default: the terminal's pretty form on a terminal, else JSON lines on stdout. */
  readonly destination?: DestinationStream;
}

/** JSON lines, each with `role` and `slot`, and without secrets, e-mail addresses and ticket text. */
export function createLogger({ level, role, slot, context, destination }: LoggerOptions): Logger {
  const log = pino(
    {
      level,
      base: { role, slot },
      ...(context === undefined ? {} : { mixin: context }),
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
          // The formatter above redacts the fields in the first argument. Without a message pino uses that of the error.
          const clean = (rest.length === 0 ? wordsOf(first) : rest).map((value: unknown) => redact(value));
          method.apply(this, [typeof first === 'string' ? redact(first) : first, ...clean] as typeof args);
        },
      },
    },
    destination ?? standardOutput({ role, slot }),
  );
  // pino does not pass a child logger's fields to the formatter. Children of children inherit this override.
  const { child } = log;
  log.child = function childWithoutSecrets(this: Logger, fields: object, options?: object) {
    return child.call(this, redactFields(fields), options);
  } as typeof log.child;
  return log;
}

/** The message that pino uses for a call with an error alone. */
function wordsOf(first: unknown): string[] {
  const error: unknown = typeof first === 'object' && first !== null && 'err' in first ? first.err : first;
  return error instanceof Error ? [messageOf(error)] : [];
}

function standardOutput(base: object): DestinationStream {
  const form = process.stdout.isTTY ? terminalForm() : (line: string): string => line;
  // pino's worker thread loses the last lines before an exit. Its own writer ends the process when the disk is full or the
  // terminal is closed, and blocks it while the pipe is full.
  const writer = createLogWriter({
    write: (bytes) => writeSync(1, bytes),
    describeLost(lines, why) {
      const msg = `${lines} log lines before this one could not be written: ${why}`;
      return form(`${JSON.stringify({ level: 'warn', time: new Date().toISOString(), ...base, msg })}\n`);
    },
  });
  return { write: (line) => writer.write(form(line)) };
}

/** Loads pino-pretty, which only a terminal needs. */
function terminalForm(): (line: string) => string {
  const { prettyFactory }: typeof pretty = createRequire(import.meta.url)('pino-pretty');
  return prettyFactory({ ignore: 'pid,hostname' });
}
