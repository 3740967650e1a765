/**
 * For `NODE_OPTIONS=--import`: at its end each process leaves a file, named by its pid, with the address of every module
 * that it loaded: those that were imported (a hook sees them resolved) and those that were required (the cache has them).
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { createRequire, register } from 'node:module';
import { join } from 'node:path';
import { isMainThread } from 'node:worker_threads';

const folder = process.env.PROBE_FOLDER ?? '.';

const hook = `
import { appendFileSync } from 'node:fs';
let file;
export function initialize(data) { file = data; }
export async function resolve(specifier, context, next) {
  const resolved = await next(specifier, context);
  appendFileSync(file, resolved.url + '\\n');
  return resolved;
}`;

if (isMainThread) {
  const file = join(folder, `${process.pid}.txt`);
  writeFileSync(file, '');
  register(`data:text/javascript,${encodeURIComponent(hook)}`, { data: file });
  process.on('exit', () => {
    appendFileSync(file, `${Object.keys(createRequire(import.meta.url).cache).join('\n')}\nended\n`);
  });
}
