import type { CommanderError } from 'commander';
import { redactText } from '../logging/redact-text.js';
import { type ExitName, exitCodes } from './exit-codes.js';

/** A command failed. The message is one sentence that says what to do. */
export class CliError extends Error {
  override readonly name = 'CliError';

  constructor(
    /** For scripts, shown by `--json`. */
    readonly code: string,
    readonly exit: ExitName,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** An error as it is reported: people see the message, scripts all fields. */
export interface ReportedError {
  readonly code: string;
  readonly message: string;
  readonly exit_code: number;
  /** Each problem, where there may be several. */
  readonly problems?: readonly string[];
}

/**
 * Errors of other folders, by their code: ConfigError, TenantsError and QueueUnavailableError. To import their classes would load
 * the configuration and all desks for every mistake in a command line.
 */
const exitOfCode: ReadonlyMap<string, ExitName> = new Map([
  ['CONFIG_INVALID', 'configuration'],
  ['TENANTS_INVALID', 'configuration'],
  ['QUEUE_UNAVAILABLE', 'unreachable'],
]);

export function reportOf(error: unknown): ReportedError {
  if (error instanceof CliError) return report(error.code, error.message, error.exit);
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') {
    const exit = exitOfCode.get(error.code);
    if (exit !== undefined) return { ...report(error.code, error.message, exit), ...problemsOf(error) };
  }
  if (isFolderGone(error)) {
    return report('FOLDER_GONE', 'The current folder no longer exists. Change to one that does.', 'failed');
  }
  // A defect of this program, so the stack is shown.
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return report('UNEXPECTED', `Unexpected error; please report it.\n${redactText(detail)}`, 'failed');
}

function problemsOf(error: Error): Pick<ReportedError, 'problems'> {
  return 'problems' in error && Array.isArray(error.problems) ? { problems: error.problems.map(String) } : {};
}

function report(code: string, message: string, exit: ExitName): ReportedError {
  return { code, message, exit_code: exitCodes[exit].code };
}

/** Whether the folder that this process runs in was removed. */
function isFolderGone(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd';
}

/** commander's message about a command line, with a reference to the help. */
export function usageError(error: CommanderError, commandPath: string): CliError {
  return new CliError('USAGE', 'usage', `${sentence(error.message)} See \`${commandPath} --help\`.`, { cause: error });
}

/** commander's "error: unknown option '--jso'" as a sentence. */
function sentence(message: string): string {
  const lines = message.replace(/^error: /, '').split('\n');
  const text = lines.map((line) => line.trim()).join(' ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.?)]$/.test(text) ? '' : '.'}`;
}
