import { type Command, Help } from 'commander';

/** What can stand at each place of a command line, taken from the command tree, so that no list is kept by hand. */

/** What follows an option, or stands as an argument. */
export type Value =
  | { readonly kind: 'choices'; readonly choices: readonly string[] }
  | { readonly kind: 'files' }
  /** Something that nobody can guess. */
  | { readonly kind: 'free' };

export interface OptionCandidate {
  /** `--scheme`, or `-h` and `--help`. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Undefined: it takes none. */
  readonly value: Value | undefined;
}

export interface Place {
  /** Names of the commands up to here: empty for the program itself. */
  readonly path: readonly string[];
  readonly commands: readonly { readonly name: string; readonly description: string }[];
  readonly options: readonly OptionCandidate[];
  readonly argument: Value | undefined;
}

/** Every command of the tree, parents first. */
export function placesOf(command: Command, path: readonly string[] = []): Place[] {
  const help = new Help();
  const subcommands = help.visibleCommands(command).filter((one) => one.name() !== 'help');
  const [argument] = command.registeredArguments;
  const place: Place = {
    path,
    commands: subcommands.map((one) => ({ name: one.name(), description: one.description() })),
    options: help.visibleOptions(command).map((option) => ({
      flags: [option.short, option.long].filter((flag) => flag !== undefined),
      description: option.description,
      value: option.required || option.optional ? valueOf(option.flags, option.argChoices) : undefined,
    })),
    argument: argument && valueOf(`<${argument.name()}>`, argument.argChoices),
  };
  return [place, ...subcommands.flatMap((one) => placesOf(one, [...path, one.name()]))];
}

function valueOf(placeholder: string, choices: readonly string[] | undefined): Value {
  if (choices !== undefined) return { kind: 'choices', choices };
  return /<(file|path)>/.test(placeholder) ? { kind: 'files' } : { kind: 'free' };
}

/** `' jobs failed'`: how the scripts name a place; empty for the program itself. */
export function pathText({ path }: Place): string {
  return path.map((name) => ` ${name}`).join('');
}
