import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf } from '../logging/describe-error.js';
import type { LeftOutList } from './context-documents.js';

/** Finds the articles of a knowledge folder. Names are relative to the folder, with `/`. */

/** Above this many articles retrieval is no longer useful. */
export const mostArticles = 10_000;

/** Entries that are read, links and folders included. Bounds the search of a folder such as `/`. */
const mostEntries = 100_000;

const isArticle = (name: string): boolean => /\.(md|markdown|mdx)$/i.test(name);

/**
 * Hidden files and folders are not content: `.git`, the `..data` and `..2024_…` of a volume that Kubernetes mounts, the
 * `.#x.md` of Emacs, the `.x.md.swp` of vi, `._x.md` of macOS. Nor are the copies that editors keep (`x.md~`, `#x.md#`,
 * `x.md.bak`); most of their names do not end like an article's, except Word's `~$x.md`.
 */
const isContent = (name: string): boolean => !name.startsWith('.') && !name.startsWith('~$');

interface Place {
  readonly path: string;
  readonly name: string;
}

/**
 * Names of the articles in a folder and the folders in it, sorted. A file that several links lead to is one article.
 *
 * @throws when the folder itself cannot be read
 */
export async function articlesIn(root: string, leftOut: LeftOutList): Promise<string[]> {
  const found: string[] = [];
  const seen = new Set<string>();
  const links: Place[] = [];
  let entries = 0;

  /** Once for each real file or folder, so that links in a circle end. */
  const isNew = (real: string): boolean => seen.size < seen.add(real).size;

  async function walk({ path, name: inside }: Place): Promise<void> {
    if (!isNew(await realpath(path))) return;
    const listed = await readdir(path, { withFileTypes: true });
    for (const entry of listed.filter(({ name }) => isContent(name)).sort(byName)) {
      if (++entries > mostEntries) return leftOut.skip(inside || '.', `has more than ${mostEntries} entries`);
      const place = { path: join(path, entry.name), name: inside === '' ? entry.name : `${inside}/${entry.name}` };
      if (entry.isSymbolicLink()) links.push(place);
      else await take(place, entry);
    }
  }

  async function take(place: Place, entry: Pick<Dirent, 'isFile' | 'isDirectory'>): Promise<void> {
    if (isArticle(place.name)) {
      if (!entry.isFile()) leftOut.skip(place.name, entry.isDirectory() ? 'is a folder' : 'is not a file');
      else if (isNew(await realpath(place.path))) found.push(place.name);
    } else if (entry.isDirectory()) {
      await walk(place).catch((error: unknown) => leftOut.skip(place.name, `cannot be read (${messageOf(error)})`));
    }
  }

  await walk({ path: root, name: '' });
  // After all entries that are not links: an article keeps its own name rather than that of a link to it.
  for (let link = links.shift(); link !== undefined; link = links.shift()) {
    const place = link;
    const target = await stat(place.path).catch(() => undefined);
    if (target !== undefined) await take(place, target);
    else if (isArticle(place.name)) leftOut.skip(place.name, 'is a link that leads nowhere');
  }
  found.sort();
  for (const name of found.slice(mostArticles)) leftOut.skip(name, `is over the limit of ${mostArticles} articles`);
  return found.slice(0, mostArticles);
}

function byName(a: Dirent, b: Dirent): number {
  return a.name < b.name ? -1 : 1;
}
