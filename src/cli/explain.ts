import { type Command, InvalidArgumentError, Option } from 'commander';
import { type ExitName, exitCodesHelp } from './exit-codes.js';
import { parseDurationMs } from './quantities.js';

export interface Explanation {
  /** What does not fit into the description of one line. */
  readonly details?: string;
  /** Commands that work as they stand beside `npm start`. */
  readonly examples: readonly string[];
  readonly exits: readonly ExitName[];
}

/** Appends details, examples and exit codes to a command's help. */
export function explain(command: Command, { details, examples, exits }: Explanation): Command {
  const parts = [
    ...(details === undefined ? [] : [`\n${details}`]),
    `\nExamples:\n${examples.map((example) => `  ${example}`).join('\n')}`,
    exitCodesHelp(exits),
  ];
  return command.addHelpText('after', parts.join('\n'));
}

/** The option that every command with a result has. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON document; errors come as JSON too, on stderr');
}

export function tenantOption(description: string): Option {
  return new Option('--tenant <id>', description);
}

export function durationOption(flags: string, description: string, byDefault?: string): Option {
  const option = new Option(flags, description).argParser((text: string) => {
    const ms = parseDurationMs(text);
    if (ms === undefined) throw new InvalidArgumentError('Give a time such as 500ms, 5s or 2m.');
    return ms;
  });
  return byDefault === undefined ? option : option.default(parseDurationMs(byDefault), byDefault);
}

/** @param byDefault undefined: the option has no value unless it is given */
export function countOption(flags: string, description: string, byDefault?: number): Option {
  return new Option(flags, description).default(byDefault).argParser((text: string) => {
    const count = Number(text);
    if (!Number.isInteger(count) || count < 1) throw new InvalidArgumentError('Give a whole number above 0.');
    return count;
  });
}

export function urlOption(flags: string, description: string): Option {
  return new Option(flags, description).argParser((text: string) => {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.protocol === 'http:' || url?.protocol === 'https:') return text;
    throw new InvalidArgumentError('Give an http:// or https:// address.');
  });
}
