/**
 * Converts Jira's wiki markup to plain text, with lists and code in their usual plain form. Data Center keeps descriptions and
 * comments in this markup, and Cloud still sends it. Source: Atlassian, "Text formatting notation help".
 */
export function textOfWiki(wiki: string): string {
  let isCode = false;
  return wiki
    .split(/(\{(?:code|noformat)(?::[^{}\n]{0,200})?\})/i)
    .map((part, i) => {
      if (i % 2 === 0) return isCode ? part.replace(/^\n/, '').replace(/\n$/, '') : withoutMarks(part);
      isCode = !isCode;
      return '\n```\n';
    })
    .join('')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}

function withoutMarks(text: string): string {
  return text
    .replaceAll(/\{(?:color|panel|quote|anchor)(?::[^{}\n]{0,200})?\}/gi, '')
    .replaceAll(/^[ \t]{0,4}(?:h[1-6]|bq)\. /gm, '')
    .replaceAll(/^[ \t]{0,4}(?:\*{1,9}|-) /gm, '- ')
    .replaceAll(/^[ \t]{0,4}[#*]{0,8}#[*]{0,8} /gm, '1. ')
    .replaceAll(/^\|{1,2}(.{1,2000})\|[ \t]{0,4}$/gm, (_, cells: string) =>
      cells.replace(/\|$/, '').replaceAll(/\|{1,2}/g, ' | '),
    )
    .replaceAll(/!([\w][^!\n|]{0,200}\.(?:bmp|gif|jpe?g|png|svg))(?:\|[^!\n]{0,200})?!/gi, '')
    .replaceAll(/\[~[^\][\n]{1,200}\]/g, '')
    .replaceAll(/\[([^\][|\n]{1,300})\|([^\][|\s]{1,2000})(?:\|[^\][\n]{0,100})?\]/g, '$1 ($2)')
    .replaceAll(/\[((?:https?|mailto):[^\][|\s]{1,2000})\]/g, '$1')
    .replaceAll(/\{\{([^{}\n]{1,300})\}\}/g, '`$1`')
    .replaceAll(/\\([-#*_+?^~|%{}[\]()!@])/g, '$1');
}
