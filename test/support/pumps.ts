import { type AST, RegExpParser } from '@eslint-community/regexpp';

/**
 * Long inputs for a pattern, made from its own structure: whatever may repeat is repeated, behind the shortest text that
 * leads there and before something that makes the match fail.
 */
export interface Pump {
  readonly prefix: string;
  readonly unit: string;
  readonly suffix: string;
}

type Atom = AST.Character | AST.CharacterClass | AST.CharacterSet | AST.ExpressionCharacterClass;

/** Characters that may stand for a class of the pattern. */
const pool = [
  ...Array.from({ length: 95 }, (_, i) => String.fromCodePoint(32 + i)),
  '\n',
  '\t',
  '\r',
  '\0',
  '\u0085',
  '\u00a0',
  '\u200b',
  '\u202e',
  'é',
  'ß',
  '中',
];

/** Behind the repeated part: nothing, what no class but a negated one takes, and what `$` and `.` treat specially. */
const nearMisses = ['', '\0', '\n', '\n\0', 'x', '!'];

function isAtom(node: AST.Node): node is Atom {
  return ['Character', 'CharacterClass', 'CharacterSet', 'ExpressionCharacterClass'].includes(node.type);
}

function alternativesOf(node: AST.Node): readonly AST.Alternative[] {
  return 'alternatives' in node && node.type !== 'ClassStringDisjunction' ? node.alternatives : [];
}

function childrenOf(node: AST.Node): readonly AST.Node[] {
  if (node.type === 'Quantifier') return [node.element];
  if (node.type === 'Alternative') return node.elements;
  return alternativesOf(node);
}

function all(node: AST.Node): AST.Node[] {
  return [node, ...childrenOf(node).flatMap(all)];
}

/** Whether the pattern has anything that repeats without a small bound: without, its time is linear. */
const isUnbounded = (node: AST.Node): node is AST.Quantifier => node.type === 'Quantifier' && node.max > 8;

/** What a text repeats: `ab` of `abab`. */
function rootOf(text: string): string {
  return text.slice(0, (text + text).indexOf(text, 1));
}

/** Without the copies of `unit` at its end, which are repeats too. */
function withoutRepeats(start: string, unit: string): string {
  return start.endsWith(unit) ? withoutRepeats(start.slice(0, -unit.length), unit) : start;
}

export function pumpsFor({ source, flags }: RegExp): Pump[] {
  const pattern = new RegExpParser().parsePattern(source, 0, source.length, {
    unicode: flags.includes('u'),
    unicodeSets: flags.includes('v'),
  });
  const nodes = all(pattern);
  const quantifiers = nodes.filter(isUnbounded);
  if (quantifiers.length === 0) return [];

  const taken = new Map<string, ReadonlySet<string>>();
  for (const { raw } of nodes.filter(isAtom)) {
    if (taken.has(raw)) continue;
    const one = new RegExp(`^(?:${raw})$`, flags.replaceAll(/[gym]/g, ''));
    taken.set(raw, new Set(pool.filter((character) => one.test(character))));
  }
  const signature = (character: string): string =>
    [...taken.values()].map((set) => (set.has(character) ? '1' : '0')).join('');

  // What no class and no assertion tells apart, and no backreference compares, takes the same time.
  const compares = nodes.some(({ type }) => type === 'Backreference');
  const kindOf = (character: string): string =>
    compares ? character : `${signature(character)}${/\w/.test(character)}${/\n/.test(character)}`;
  const suffixes = [...new Map(nearMisses.map((text) => [text.split('').map(kindOf).join(), text])).values()];

  /** One character for each way in which the pattern's classes overlap. */
  const membersOf = (atom: Atom): string[] => {
    const members = new Map<string, string>();
    for (const character of taken.get(atom.raw) ?? []) {
      if (!members.has(signature(character))) members.set(signature(character), character);
    }
    return members.size > 0
      ? [...members.values()]
      : [atom.type === 'Character' ? String.fromCodePoint(atom.value) : 'a'];
  };

  const shortest = (node: AST.Node): string => {
    if (isAtom(node)) return node.type === 'Character' ? String.fromCodePoint(node.value) : (membersOf(node)[0] ?? '');
    switch (node.type) {
      case 'Alternative':
        return node.elements.map(shortest).join('');
      case 'Quantifier':
        return shortest(node.element).repeat(node.min);
      case 'Group':
      case 'CapturingGroup':
      case 'Pattern':
        return first(node.alternatives);
      case 'Assertion':
        return node.kind === 'lookbehind' && !node.negate ? first(node.alternatives) : '';
      case 'Backreference':
        return first([node.resolved].flat());
      default:
        return '';
    }
  };

  const first = (nodes: readonly AST.Node[]): string => nodes.slice(0, 1).map(shortest).join('');

  const before = (node: AST.Node): string => {
    const { parent } = node;
    if (parent === null) return '';
    const own =
      parent.type === 'Alternative'
        ? parent.elements
            .slice(0, parent.elements.indexOf(node as AST.Element))
            .map(shortest)
            .join('')
        : '';
    return before(parent) + own;
  };

  const unitsOf = ({ element }: AST.Quantifier): string[] => {
    const atoms = all(element).filter(isAtom);
    const ways = alternativesOf(element).map(shortest);
    return [...ways, ...atoms.flatMap(membersOf)];
  };

  const pumps = new Map<string, Pump>();
  for (const quantifier of quantifiers) {
    const prefix = before(quantifier);
    const once = shortest(quantifier.element);
    const units = [...unitsOf(quantifier), prefix, prefix + once];
    for (const unit of new Set(units.filter((text) => text !== '').map(rootOf))) {
      for (const start of ['', prefix, prefix + once].map((text) => withoutRepeats(text, unit))) {
        for (const suffix of suffixes)
          pumps.set(JSON.stringify([start, unit, suffix]), { prefix: start, unit, suffix });
      }
    }
  }
  return [...pumps.values()];
}
