import { z } from 'zod';

/**
 * The text of an Atlassian Document Format document, which Jira Cloud sends where a field holds formatted text. Source:
 * developer.atlassian.com, "Atlassian Document Format". Of a node of an unknown type the text inside it is used.
 */
export function textOfAdf(document: object): string {
  const lines = textOf(document)
    .split('\n')
    .map((line) => line.trimEnd());
  return lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

const markSchema = z
  .object({ type: z.string().catch(''), attrs: z.object({ href: z.string().optional() }).catch({}) })
  .catch({ type: '', attrs: {} });

const nodeSchema = z.object({
  type: z.string().catch(''),
  text: z.string().catch(''),
  attrs: z
    .object({
      text: z.string().catch(''),
      url: z.string().catch(''),
      shortName: z.string().catch(''),
      title: z.string().catch(''),
      order: z.int().catch(1),
      timestamp: z
        .union([z.number(), z.string().regex(/\d/)])
        .transform(Number)
        .catch(Number.NaN),
    })
    .catch({ text: '', url: '', shortName: '', title: '', order: 1, timestamp: Number.NaN }),
  marks: z.array(markSchema).catch([]),
  content: z.array(z.unknown()).catch([]),
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

/** The texts of nodes. An address follows its link, which may be several nodes, as in wiki markup, unless the link shows it. */
function textOfNodes(nodes: readonly unknown[]): string {
  const parsed = nodes.map((one) => nodeSchema.safeParse(one).data);
  let linked = '';
  return nodes
    .map((one, at) => {
      const plain = textOf(one);
      const text = shownMarks.reduce((inner, [type, sign]) => {
        const [before, own, after] = [at - 1, at, at + 1].map((i) => markOf(parsed[i], type) !== undefined);
        return own === true ? `${before === true ? '' : sign}${inner}${after === true ? '' : sign}` : inner;
      }, plain);
      const href = hrefOf(parsed[at]);
      if (href === undefined) return text;
      linked += plain;
      if (hrefOf(parsed[at + 1]) === href) return text;
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

const itemSchema = z.object({ content: z.array(z.unknown()).catch([]) }).catch({ content: [] });
const listSchema = z.object({ type: z.enum(['bulletList', 'orderedList']) });

/** Indents the lines of an item, and leaves no blank line between its text and a list in it. */
function textOfItem(mark: string, item: unknown): string {
  const { content } = itemSchema.parse(item);
  const parts = content.map((one, at) => {
    const isAboveList = listSchema.safeParse(content[at + 1]).success;
    return isAboveList ? `${textOf(one).trimEnd()}\n` : textOf(one);
  });
  const text = parts.join('').trim();
  return mark + text.replaceAll(/\n(?=.)/g, `\n${' '.repeat(mark.length)}`);
}

/** Recursive: the depth is bounded by that of the JSON. */
function textOf(value: unknown): string {
  const node = nodeSchema.safeParse(value).data;
  if (node === undefined) return '';
  const { type, text, attrs, content } = node;
  const inside = (): string => textOfNodes(content);
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
      return `${content.map((item, i) => textOfItem(`${attrs.order + i}. `, item)).join('\n')}\n\n`;
    case 'bulletList':
      return `${content.map((item) => textOfItem('- ', item)).join('\n')}\n\n`;
    case 'tableRow':
      return `${content.map((cell) => textOf(cell).trim()).join(' | ')}\n`;
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
