import type { CommanderError } from 'commander';
import { ConfigError } from '../config/config.js';
import { scrub } from '../logging/scrub.js';
import { QueueUnavailableError } from '../queue/errors.js';
import { TenantsError } from '../tenants/index.js';
import { type ExitName, exitCodes } from './exit-codes.js';

/** A command could not do what it was asked. The message is one sentence for whoever typed it, and says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    /** For scripts, as `--json` shows it. */
    readonly code: string,
    readonly exit: ExitName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Any error as it is told: to people as its message, to scripts with all of its fields. */
export interface ToldError {
  readonly code: string;
  readonly message: string;
  readonly exit_code: number;
  /** One by one, where there may be several. */
  readonly problems?: readonly string[];
}

export function tell(error: unknown): ToldError {
  if (error instanceof CliError) return told(error.code, error.message, error.exit);
  if (error instanceof ConfigError || error instanceof TenantsError) {
    return { ...told(error.code, error.message, 'configuration'), problems: error.problems };
  }
  if (error instanceof QueueUnavailableError) return told(error.code, error.message, 'unreachable');
  if (isFolderGone(error)) {
    return told('FOLDER_GONE', 'The current folder no longer exists. Change to one that does.', 'failed');
  }
  // A defect of ours, so the one place where a stack helps.
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return told('UNEXPECTED', `This was not foreseen; please report it.\n${scrub(detail)}`, 'failed');
}

function told(code: string, message: string, exit: ExitName): ToldError {
  return { code, message, exit_code: exitCodes[exit].code };
}

/** Whether the folder that this process runs in was removed. */
function isFolderGone(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd';
}

/** What commander says of a command line, with where to read on. */
export function usageError(error: CommanderError, commandPath: string): CliError {
  return new CliError('USAGE', 'usage', `${sentence(error.message)} See \`${commandPath} --help\`.`, { cause: error });
}

/** commander's "error: unknown option '--jso'" as one of ours. */
function sentence(message: string): string {
  const lines = message.replace(/^error: /, '').split('\n');
  const text = lines.map((line) => line.trim()).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}
