import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { artifacts } from './source/artifacts.js';

/**
 * Writes rules, alerts, dashboards and the Kubernetes manifests that hold them.
 * With `--check` it writes nothing, and exits with 1 and the names of the files that differ from their source.
 */
const root = fileURLToPath(new URL('../', import.meta.url));
const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

async function current(path: string): Promise<string | undefined> {
  try {
    return await readFile(join(root, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const wanted = artifacts();
const dashboardFiles = await readdir(join(root, 'monitoring/dashboards')).catch(() => []);
const orphans = dashboardFiles.map((name) => `monitoring/dashboards/${name}`).filter((path) => !wanted.has(path));
const stale: string[] = [...orphans];
for (const [path, content] of wanted) if ((await current(path)) !== content) stale.push(path);

if (values.check) {
  if (stale.length > 0) {
    process.stderr.write(`Not as monitoring/source says: ${stale.join(', ')}. Run: npm run monitoring\n`);
    process.exitCode = 1;
  }
} else {
  for (const path of orphans) await rm(join(root, path));
  for (const [path, content] of wanted) {
    if (!stale.includes(path)) continue;
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), content);
  }
  process.stdout.write(stale.length === 0 ? 'Nothing to do\n' : `Wrote ${stale.join(', ')}\n`);
}
