import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';

/**
 * Runs the real PM2, with a home of its own. @returns what it printed
 *
 * @param home also the folder in which it is called, as from a shell's home
 * @throws Error if it fails
 */
export async function runPm2(
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(process.execPath, [resolve('node_modules/pm2/bin/pm2'), ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home,
    env: { PATH: process.env['PATH'], HOME: home, PM2_HOME: join(home, '.pm2'), ...env },
  });
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  if (status[0] !== 0) throw new Error(`pm2 ${args.join(' ')} ended with ${status[0]}: ${stdout}${stderr}`);
  return stdout;
}
