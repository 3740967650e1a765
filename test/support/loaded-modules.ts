import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** Which modules processes load: each that runs with these variables leaves a list in the folder at its end. */

export function probeInto(folder: string): Readonly<Record<'NODE_OPTIONS' | 'PROBE_FOLDER', string>> {
  const probe = pathToFileURL(join(process.cwd(), 'test/system/loaded-modules-probe.mjs')).href;
  return { NODE_OPTIONS: `--import=${probe}`, PROBE_FOLDER: folder };
}

/** The addresses of all modules, a list for each process. @throws Error if one has not ended */
export function loadedModules(folder: string): string[][] {
  return readdirSync(folder).map((name) => {
    const text = readFileSync(join(folder, name), 'utf8');
    if (!text.endsWith('ended\n')) throw new Error(`process ${name} has not ended`);
    return text.split('\n').filter((line) => line !== '' && line !== 'ended');
  });
}
