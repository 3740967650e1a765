import { basename } from 'node:path';
import { type Document, isCollection, isMap, isNode, visit, type YAMLError } from 'yaml';
import { z } from 'zod';
import { readTextFile } from '../config/text-file.js';
import { ordinal } from '../config/wording.js';
import { type Asset, boundedAsset } from '../enhancement/index.js';
import { parseBoundedYaml } from './bounded-yaml.js';
import {
  createLeftOutList,
  type LeftOut,
  largestFileBytes,
  parseAll,
  readable,
  textField,
  tooLarge,
  type UseDocument,
  usable,
} from './context-documents.js';

/** The file of a tenant's inventory. */

export const assetSchema = z.object({
  name: textField.pipe(z.string().min(1)),
  kind: textField.default('asset'),
  owner: textField.optional(),
  location: textField.optional(),
  status: textField.optional(),
  notes: textField.optional(),
  aliases: z.array(textField).optional(),
});

/**
 * Assets, a list in YAML or JSON.
 *
 * @throws {EnhancementError} `SOURCE_UNREADABLE` when the file is not there or holds no list
 */
export async function readInventory(file: string, use: UseDocument<Asset>): Promise<LeftOut> {
  const leftOut = createLeftOutList();
  const assets = await readable(file, async () => {
    const { text, truncated } = await readTextFile(file, largestFileBytes);
    const entries = entriesOf(asWritten(parseBoundedYaml(text)), truncated);
    // The last entry may be incomplete.
    if (truncated) leftOut.truncate(basename(file), tooLarge);
    return entries.map((entry, i) => {
      const what = `the ${ordinal(i + 1)} entry of ${basename(file)}`;
      return usable(what, leftOut, () => boundedAsset(parseAll(assetSchema, entry())));
    });
  });
  for (const asset of assets) if (asset !== undefined) await use(asset);
  return leftOut.list();
}

/** Keeps numbers as they are written: parsed, the serial number 0042 becomes 42, and the version 1.10 becomes 1.1. */
function asWritten(yaml: Document): Document {
  visit(yaml, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === 'number') scalar.value = scalar.source ?? String(scalar.value);
    },
  });
  return yaml;
}

/** The entries of the list, each still to be parsed. */
function entriesOf(yaml: Document, truncated: boolean): (() => unknown)[] {
  const written = isMap(yaml.contents) ? yaml.get('assets', true) : yaml.contents;
  if (!isCollection(written) || isMap(written)) {
    const [error] = yaml.errors;
    if (error !== undefined) throw new Error(`it is not valid YAML: ${error.message}`);
    throw new Error(`it ${yaml.contents === null ? 'is empty, and ' : ''}must be a list`);
  }
  const nodes = truncated ? written.items.slice(0, -1) : written.items;
  const ends = nodes.map((node) => (isNode(node) ? (node.range?.[2] ?? 0) : 0));
  const errors = truncated ? yaml.errors.filter(({ pos }) => pos[0] < (ends.at(-1) ?? 0)) : yaml.errors;
  // An error belongs to the first entry that ends after it; an error after the list makes the last entry unusable.
  const wrong = new Map<number, YAMLError>();
  for (const error of errors) {
    const at = ends.findIndex((end) => error.pos[0] < end);
    wrong.set(at === -1 ? nodes.length - 1 : at, error);
  }
  return nodes.map((node, i) => () => {
    const error = wrong.get(i);
    if (error !== undefined) throw new Error(`is not valid YAML: ${error.message}`);
    return isNode(node) ? (node.toJS(yaml) as unknown) : node;
  });
}
