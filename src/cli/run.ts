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
  // commander has printed the help: with exit code 0 if it was asked for, else because there is no command.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : exitCodes.usage.code;
  else {
    const report = reportOf(error);
    // The command line may be invalid, so the arguments are searched unparsed.
    const json = process.argv.includes('--json');
    terminal.note(json ? JSON.stringify({ error: report }) : report.message);
    process.exitCode = report.exit_code;
  }
}
