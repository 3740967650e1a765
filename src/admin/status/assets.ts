import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { icon, styleSheet } from './style.js';

/** The page's files, in memory. */
export interface Assets {
  /** A hash of all files. It is part of their addresses, so that browsers can cache them without a limit. */
  readonly version: string;
  get(name: string): Buffer | undefined;
}

/** The page's compiled script and its imports. */
const modules = [
  'live',
  'charts',
  'child-section',
  'configuration-section',
  'content',
  'format',
  'headline',
  'html',
  'model-section',
  'morph',
  'note-section',
  'overview',
  'queue-section',
  'sparkline',
  'state-mark',
  'table',
  'tenant-section',
] as const;
const uplotFiles = ['uPlot.iife.min.js', 'uPlot.min.css'] as const;

/** Reads all files at the start: if they are replaced on disk, the service continues to serve those it started with. */
export function loadAssets(): Assets {
  const uplot = dirname(createRequire(import.meta.url).resolve('uplot'));
  const files = new Map<string, Buffer>([
    ...modules.map((name) => [`${name}.js`, readFileSync(new URL(`./browser/${name}.js`, import.meta.url))] as const),
    ...uplotFiles.map((name) => [name, readFileSync(join(uplot, name))] as const),
    ['status.css', Buffer.from(styleSheet)],
    ['icon.svg', Buffer.from(icon)],
  ]);
  const hash = createHash('sha256');
  for (const body of files.values()) hash.update(body);
  return {
    version: hash.digest('hex').slice(0, 12),
    get: (name) => files.get(name),
  };
}
