import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { clientName } from './metrics-client.js';

/** The package of cluster-metrics as others get it: packed from the build, installed in an empty project. */

const run = promisify(execFile);
const root = process.cwd();

export const libraryName = '@ticket-enhancer/cluster-metrics';
/** For the client that the tests run over. */
export const libraryEntry = `${libraryName}/${clientName === 'prom-client' ? 'prom-client' : 'prometheus-io'}`;

export interface Packed {
  readonly filename: string;
  readonly size: number;
  readonly files: readonly { readonly path: string }[];
}

const folders: string[] = [];

export async function packLibrary(): Promise<Packed> {
  const folder = await mkdtemp(join(tmpdir(), 'te-packed-'));
  folders.push(folder);
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], {
    cwd: join(root, 'dist/cluster-metrics'),
  });
  const [packed] = JSON.parse(stdout) as [Packed];
  return { ...packed, filename: join(folder, packed.filename) };
}

let installed: Promise<string> | undefined;

async function install({ filename }: Packed): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'te-package-'));
  folders.push(folder);
  await writeFile(join(folder, 'package.json'), '{ "private": true }\n');
  const flags = ['--offline', '--ignore-scripts', '--no-audit', '--no-fund'];
  await run('npm', ['install', ...flags, filename], { cwd: folder });
  return folder;
}

/** An empty project into which npm has installed the package (once for all of a file), and links to what else it has. */
export async function createProject(packed: Packed, ...others: readonly string[]): Promise<string> {
  installed ??= install(packed);
  const folder = await mkdtemp(join(tmpdir(), 'te-package-'));
  folders.push(folder);
  await cp(await installed, folder, { recursive: true, verbatimSymlinks: true });
  for (const other of others) {
    const target = join(folder, 'node_modules', other);
    await mkdir(join(target, '..'), { recursive: true });
    await symlink(join(root, 'node_modules', other), target);
  }
  return folder;
}

/** Puts an example into a project, for the client that the tests run over. */
export async function addExample(project: string, file: string): Promise<void> {
  const text = await readFile(join('examples', file), 'utf8');
  await writeFile(
    join(project, file),
    text.replaceAll(`${libraryName}/prom-client`, libraryEntry).replaceAll("'prom-client'", `'${clientName}'`),
  );
}

export async function removeProjects(): Promise<void> {
  const options = { recursive: true, force: true, maxRetries: 20, retryDelay: 100 };
  await Promise.all(folders.splice(0).map((folder) => rm(folder, options)));
}
