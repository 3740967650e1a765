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

/** JSON lines with `role` and `slot` on each; secrets, e-mail addresses and ticket text are taken out. */
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
          // The formatter above redacts the fields of the first. Without a message, pino would take the error's.
          const clean = (rest.length === 0 ? wordsOf(first) : rest).map((value: unknown) => redact(value));
          method.apply(this, [typeof first === 'string' ? redact(first) : first, ...clean] as typeof args);
        },
      },
    },
    destination ?? standardOutput({ role, slot }),
  );
  // pino prints a child logger's fields without asking a formatter. Children inherit this, and theirs too.
  const { child } = log;
  log.child = function childWithoutSecrets(this: Logger, fields: object, options?: object) {
    return child.call(this, redactFields(fields), options);
  } as typeof log.child;
  return log;
}

/** The message that pino would take where only an error is given. */
function wordsOf(first: unknown): string[] {
  const error: unknown = typeof first === 'object' && first !== null && 'err' in first ? first.err : first;
  return error instanceof Error ? [messageOf(error)] : [];
}

function standardOutput(base: object): DestinationStream {
  const form = process.stdout.isTTY ? terminalForm() : (line: string): string => line;
  // Neither in pino's worker thread, where the last lines of a process that exits are lost, nor by its own writer, which ends
  // the process when the disk is full or the terminal is closed, and blocks it while nobody reads.
  const writer = createLogWriter({
    write: (bytes) => writeSync(1, bytes),
    describeLost(lines, why) {
      const msg = `${lines} log lines before this one could not be written: ${why}`;
      return form(`${JSON.stringify({ level: 'warn', time: new Date().toISOString(), ...base, msg })}\n`);
    },
  });
  return { write: (line) => writer.write(form(line)) };
}

/** Only a terminal needs its modules loaded. */
function terminalForm(): (line: string) => string {
  const { prettyFactory }: typeof pretty = createRequire(import.meta.url)('pino-pretty');
  return prettyFactory({ ignore: 'pid,hostname' });
}
