/** Escaped HTML. Made by {@link html} only. */
export class Html {
  constructor(readonly text: string) {}
}

type Piece = Html | string | number | undefined | false | readonly Piece[];

/** A template that escapes its values, except {@link Html}; undefined and false are left out. */
export function html(strings: TemplateStringsArray, ...pieces: readonly Piece[]): Html {
  return new Html(strings.map((text, i) => (i === 0 ? text : written(pieces[i - 1]) + text)).join(''));
}

function written(piece: Piece): string {
  if (piece === undefined || piece === false) return '';
  if (piece instanceof Html) return piece.text;
  if (typeof piece === 'object') return piece.map(written).join('');
  return String(piece).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A text that a browser does not break over two lines. */
export function unbroken(text: string): Html {
  return html`<span class="word">${text}</span>`;
}
