import { type Document, isMap, isNode, isScalar, type LineCounter } from 'yaml';
import { ordinal, pathInWords } from '../config/wording.js';
import { tenantIdPattern } from './document.js';

/** Names the place of a problem in a tenants file. */

/** A missing key has no line: it belongs to its parent's. */
export function lineOf(yaml: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth--) {
    const parent = yaml.getIn(path.slice(0, depth - 1), true);
    const pair = isMap(parent)
      ? parent.items.find(({ key }) => isScalar(key) && key.value === path[depth - 1])
      : undefined;
    const node = pair?.key ?? yaml.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** The place after the line number: `, tenant acme: desk.base_url`. */
export function nameOf(yaml: Document, [list, index, ...inside]: readonly PropertyKey[]): string {
  if (list === undefined) return ': the file';
  if (typeof index !== 'number') return `: ${String(list)}`;
  const tenant = tenantAt(yaml, index);
  return inside.length === 0 ? `: ${tenant}` : `, ${tenant}: ${pathInWords(inside)}`;
}

/** By its id if it has a valid one, else by its position. */
function tenantAt(yaml: Document, index: number): string {
  const id: unknown = yaml.getIn(['tenants', index, 'id']);
  return typeof id === 'string' && tenantIdPattern.test(id) ? `tenant ${id}` : `the ${ordinal(index + 1)} tenant`;
}
