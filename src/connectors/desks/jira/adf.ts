import { z } from 'zod';

/**
 * The text of an Atlassian Document Format document, which Jira Cloud sends where a field holds formatted text. Source:
 * developer.atlassian.com, "Atlassian Document Format". Of a node of an unknown type the text inside it is used.
 */
export function textOfAdf(document: object): string {
  const lines = textOfNodes([document])
    .split('\n')
    .map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

/** A default for a missing key, because a validation that fails and is caught takes ten times as long. */
const text = z.string().default('').catch('');
const none = { text: '', url: '', shortName: '', title: '', order: 1, timestamp: Number.NaN };

const markSchema = z
  .object({ type: text, attrs: z.object({ href: z.string().optional() }).default({}).catch({}) })
  .catch({ type: '', attrs: {} });

const nodeSchema = z.object({
  type: text,
  text,
  attrs: z
    .object({
      text,
      url: text,
      shortName: text,
      title: text,
      order: z.int().default(1).catch(1),
      timestamp: z
        .union([z.number(), z.string().regex(/\d/)])
        .transform(Number)
        .default(Number.NaN)
        .catch(Number.NaN),
    })
    .default(none)
    .catch(none),
  marks: z.array(markSchema).default([]).catch([]),
  content: z.array(z.unknown()).default([]).catch([]),
});

type Node = z.infer<typeof nodeSchema>;

const markOf = (node: Node | undefined, type: string) => node?.marks.find((mark) => mark.type === type);

function hrefOf(node: Node | undefined): string | undefined {
  return node?.type === 'text' ? markOf(node, 'link')?.attrs.href : undefined;
}

/** Marks that change what a text says, as Markdown writes them. */
const shownMarks = [
  ['code', '`'],
  ['strike', '~~'],
] as const;

function nodesOf(content: readonly unknown[]): Node[] {
  return content.flatMap((one) => nodeSchema.safeParse(one).data ?? []);
}

/** The texts of nodes. An address follows its link, which may be several nodes, as in wiki markup, unless the link shows it. */
function textOfNodes(content: readonly unknown[]): string {
  const nodes = nodesOf(content);
  let linked = '';
  return nodes
    .map((node, at) => {
      const plain = textOf(node);
      const text = shownMarks.reduce((inner, [type, sign]) => {
        const [before, own, after] = [at - 1, at, at + 1].map((i) => markOf(nodes[i], type) !== undefined);
        return own === true ? `${before === true ? '' : sign}${inner}${after === true ? '' : sign}` : inner;
      }, plain);
      const href = hrefOf(node);
      if (href === undefined) return text;
      linked += plain;
      if (hrefOf(nodes[at + 1]) === href) return text;
      const isShown = bareAddress(href) === bareAddress(linked);
      linked = '';
      return isShown ? text : `${text} (${href})`;
    })
    .join('');
}

function bareAddress(address: string): string {
  return address.trim().replace(/^(?:https?:\/\/|mailto:)|\/$/g, '');
}

/** Milliseconds since 1970 as the day in UTC, which a date stands for. */
function dayOf(timestamp: number): string {
  const day = new Date(timestamp);
  return Number.isNaN(day.getTime()) ? '' : day.toISOString().slice(0, 10);
}

/** Characters of an item. As many are read of a description, and the indentation of nested items would multiply more. */
const longestItem = 65_536;

/** Indents the lines of an item, and leaves no blank line between its text and a list in it. */
function textOfItem(mark: string, { content }: Node): string {
  const nodes = nodesOf(content);
  const parts = nodes.map((one, at) => {
    const isAboveList = /^(?:bullet|ordered)List$/.test(nodes[at + 1]?.type ?? '');
    return isAboveList ? `${textOf(one).trimEnd()}\n` : textOf(one);
  });
  const text = parts.join('').trim().slice(0, longestItem);
  return mark + text.replaceAll(/\n(?=.)/g, `\n${' '.repeat(mark.length)}`);
}

/** Recursive: the depth is bounded by that of the JSON. */
function textOf({ type, text, attrs, content }: Node): string {
  const inside = (): string => textOfNodes(content);
  const each = (textOfOne: (node: Node, at: number) => string): string[] => nodesOf(content).map(textOfOne);
  switch (type) {
    case 'text':
      return text;
    case 'date':
      return dayOf(attrs.timestamp);
    case 'hardBreak':
      return '\n';
    case 'inlineExtension':
    case 'mention':
    case 'status':
      return attrs.text;
    case 'emoji':
      return attrs.text === '' ? attrs.shortName : attrs.text;
    case 'inlineCard':
    case 'blockCard':
    case 'embedCard':
      return attrs.url;
    case 'taskItem':
    case 'decisionItem':
      return `- ${inside()}\n`;
    case 'taskList':
    case 'decisionList':
      return `${inside()}\n`;
    case 'codeBlock':
      return `\`\`\`\n${inside()}\n\`\`\`\n\n`;
    case 'expand':
    case 'nestedExpand':
      return `${attrs.title}\n${inside()}\n\n`;
    case 'orderedList':
      return `${each((item, at) => textOfItem(`${attrs.order + at}. `, item)).join('\n')}\n\n`;
    case 'bulletList':
      return `${each((item) => textOfItem('- ', item)).join('\n')}\n\n`;
    case 'tableRow':
      return `${each((cell) => textOf(cell).trim()).join(' | ')}\n`;
    case 'paragraph':
    case 'heading':
    case 'blockquote':
    case 'panel':
    case 'table':
      return `${inside()}\n\n`;
    default:
      return inside();
  }
}
