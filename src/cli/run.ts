import { CommanderError } from 'commander';
import { tell } from './cli-error.js';
import { exitCodes } from './exit-codes.js';
import { createProgram } from './program.js';
import { createTerminal } from './terminal.js';

/** Parses the command line, runs one command, and turns what went wrong into a sentence and an exit code. */

// `ticket-enhancer ... | head` closes the pipe early: that is an end and no failure.
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
  // Help and version that were asked for also end the parsing by an error, whose exit code is 0. Without a command the
  // help is there already, and says all.
  if (error instanceof CommanderError && error.code === 'commander.help') process.exitCode = exitCodes.usage.code;
  else if (!(error instanceof CommanderError)) {
    const told = tell(error);
    // The command line may be what could not be understood, so the arguments are looked at as they are.
    const json = process.argv.includes('--json');
    terminal.note(json ? JSON.stringify({ error: told }) : told.message);
    process.exitCode = told.exit_code;
  }
}
