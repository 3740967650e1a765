import { openFilesLimit } from './http/open-files.js';
import { exitConfiguration } from './node-version.js';

/** Refuses to start where the modules could not be loaded: in a folder that was removed, or with too few open files. */

/** With 150 the modules cannot be loaded, of which many are open at once; 200 suffice for a service without load. */
const fewestOpenFiles = 256;

/** Ends the process with one sentence. To be called before anything else is loaded. */
export function requireMachine(): void {
  const problem = problemOfFolder() ?? problemOfLimit();
  if (problem === undefined) return;
  process.stderr.write(`${problem}\n`);
  process.exit(exitConfiguration);
}

function problemOfFolder(): string | undefined {
  try {
    process.cwd();
    return undefined;
  } catch {
    return 'The folder in which ticket-enhancer is started has been removed. Start it in one that exists.';
  }
}

function problemOfLimit(): string | undefined {
  const limit = openFilesLimit();
  if (limit === undefined || limit >= fewestOpenFiles) return undefined;
  return `ticket-enhancer may open ${limit} files at once and needs at least ${fewestOpenFiles}. Raise the limit, for example with \`ulimit -n\` or LimitNOFILE= of systemd.`;
}
