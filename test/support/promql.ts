import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';

/** What a PromQL expression names, read with Prometheus' own grammar. */

export interface LabelMatcher {
  readonly label: string;
  readonly operator: string;
  readonly value: string;
}

export interface Selector {
  /** A name, or with `__name__=~"…"` a pattern of names. */
  readonly metric: string;
  readonly isPattern: boolean;
  readonly matchers: readonly LabelMatcher[];
}

export interface Grouping {
  readonly labels: readonly string[];
  /** The selectors that the grouping is about. */
  readonly selectors: readonly Selector[];
}

export interface Expression {
  readonly selectors: readonly Selector[];
  /** `by`, `without`, `on`, `ignoring`, `group_left` and `group_right`. */
  readonly groupings: readonly Grouping[];
}

export class PromQlError extends Error {
  override readonly name = 'PromQlError';
  readonly code = 'PROMQL_SYNTAX';
}

function unquote(literal: string): string {
  const quote = literal[0];
  const inner = literal.slice(1, -1);
  return quote === '`' ? inner : inner.replace(/\\(.)/g, '$1');
}

function descendants(node: SyntaxNode, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  const cursor = node.cursor();
  const { to } = node;
  do {
    if (cursor.from > to || (cursor.from === to && cursor.from > node.from)) break;
    if (cursor.name === name && cursor.from >= node.from && cursor.to <= to) found.push(cursor.node);
  } while (cursor.next());
  return found;
}

/** @throws PromQlError where Prometheus would refuse the expression, with the place */
export function parsePromQl(text: string): Expression {
  const root = parser.parse(text).topNode;
  const slice = (node: SyntaxNode) => text.slice(node.from, node.to);
  const cursor = root.cursor();
  do {
    if (cursor.type.isError) throw new PromQlError(`Not PromQL at character ${cursor.from}: ${text}`);
  } while (cursor.next());

  function selectorOf(node: SyntaxNode): Selector {
    const identifier = node.getChild('Identifier');
    const matchers = descendants(node, 'UnquotedLabelMatcher').map((matcher): LabelMatcher => {
      const [label, operator, value] = ['LabelName', 'MatchOp', 'StringLiteral'].map((name) => matcher.getChild(name));
      if (!label || !operator || !value) throw new PromQlError(`Unreadable matcher in ${text}`);
      return { label: slice(label), operator: slice(operator), value: unquote(slice(value)) };
    });
    const byName = matchers.find(({ label }) => label === '__name__');
    const metric = identifier ? slice(identifier) : byName?.value;
    if (metric === undefined) throw new PromQlError(`A selector without a metric in ${text}`);
    const isPattern = !identifier && byName?.operator === '=~';
    return { metric, isPattern, matchers: matchers.filter(({ label }) => label !== '__name__') };
  }

  const selectorsIn = (node: SyntaxNode) => descendants(node, 'VectorSelector').map(selectorOf);
  const groupings = descendants(root, 'GroupingLabels').map((node): Grouping => {
    let about = node.parent;
    while (about !== null && about.name !== 'AggregateExpr' && about.name !== 'BinaryExpr') about = about.parent;
    return { labels: descendants(node, 'LabelName').map(slice), selectors: selectorsIn(about ?? root) };
  });
  return { selectors: selectorsIn(root), groupings };
}
