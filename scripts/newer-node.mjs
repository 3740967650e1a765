import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * Node 22 or newer, which @prometheus-io/client needs: this one, or the one that `npm test` installs in test/versions.
 *
 * @returns {string | undefined} its path; undefined where npm has none for this platform, or before it is installed
 */
export function newerNode() {
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  const folder = `../test/versions/node_modules/node-${process.platform}-${process.arch}/bin/node`;
  const installed = fileURLToPath(new URL(folder, import.meta.url));
  return existsSync(installed) ? installed : undefined;
}
