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

const nodeSchema = z.object({
  type: z.string().catch(''),
  text: z.string().catch(''),
  attrs: z
    .object({
      text: z.string().catch(''),
      url: z.string().catch(''),
      shortName: z.string().catch(''),
      title: z.string().catch(''),
    })
    .catch({ text: '', url: '', shortName: '', title: '' }),
  content: z.array(z.unknown()).catch([]),
});

/** Recursive: the depth is bounded by that of the JSON. */
function textOf(value: unknown): string {
  const node = nodeSchema.safeParse(value).data;
  if (node === undefined) return '';
  const { type, text, attrs, content } = node;
  const inside = (): string => content.map(textOf).join('');
  switch (type) {
    case 'text':
      return text;
    case 'hardBreak':
      return '\n';
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
      return `${content.map((item, i) => `${i + 1}. ${textOf(item).trim()}`).join('\n')}\n\n`;
    case 'bulletList':
      return `${content.map((item) => `- ${textOf(item).trim()}`).join('\n')}\n\n`;
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
