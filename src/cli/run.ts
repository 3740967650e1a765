import { CommanderError } from 'commander';
import { reportOf } from './cli-error.js';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';
import { createTerminal } from './terminal.js';

/** Parses the command line, runs one command, and reports an error as a sentence and an exit code. */

// `ticket-enhancer ... | head` closes the pipe early, which is not a failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}

const terminal = createTerminal(process.stdout, process.stderr, process.env);

try {
  await createProgram(terminal).parseAsync();
} catch (error) {
  // commander also throws for --help and --version, with exit code 0. Without a command it has already printed the help.
  if (error instanceof CommanderError && error.code === 'commander.help') process.exitCode = exitCodes.usage.code;
  else if (!(error instanceof CommanderError)) {
    const report = reportOf(error);
    // The command line may be invalid, so the arguments are searched unparsed.
    const json = process.argv.includes('--json');
    terminal.note(json ? JSON.stringify({ error: report }) : report.message);
    process.exitCode = report.exit_code;
  }
}
