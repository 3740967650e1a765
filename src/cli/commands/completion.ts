import { Argument, type Command } from 'commander';
import { bashCompletion } from '../completion/bash.js';
import { type Place, placesOf } from '../completion/candidates.js';
import { fishCompletion } from '../completion/fish.js';
import { zshCompletion } from '../completion/zsh.js';
import { explain } from '../explain.js';
import type { Terminal } from '../terminal.js';

const shells = ['bash', 'zsh', 'fish'] as const;
type Shell = (typeof shells)[number];

const scripts: Readonly<Record<Shell, (places: readonly Place[]) => string>> = {
  bash: bashCompletion,
  zsh: zshCompletion,
  fish: fishCompletion,
};

export function addCompletion(program: Command, terminal: Terminal): void {
  const command = program
    .command('completion')
    .description('print a script that completes this command line in a shell')
    .addArgument(new Argument('<shell>', 'for which one').choices(shells))
    .action((shell: Shell) => terminal.print(scripts[shell](placesOf(program)).trimEnd()));
  explain(command, {
    details:
      'Completion is for the name ticket-enhancer: `npm link` puts it on your PATH, as `npm install --global` does.',
    examples: [
      'source <(npx ticket-enhancer completion bash)',
      'source <(npx ticket-enhancer completion zsh)',
      'npx ticket-enhancer completion fish | source',
    ],
    exits: ['ok', 'usage'],
  });
}
