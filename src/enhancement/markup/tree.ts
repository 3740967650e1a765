/**
 * A text with its structure, in whichever markup it was written: what a note is made of. Every string in here is
 * text; only the writers know a markup, and each of them escapes all of it.
 */

export type Inline =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'strong' | 'emphasis' | 'small'; readonly children: readonly Inline[] }
  /** Only for addresses that {@link webAddress} lets pass; a writer shows any other as its text. */
  | { readonly kind: 'link'; readonly address: string; readonly children: readonly Inline[] }
  /** The end of a line within a paragraph. */
  | { readonly kind: 'break' };

export type Block =
  | { readonly kind: 'paragraph' | 'heading'; readonly children: readonly Inline[] }
  | { readonly kind: 'list'; readonly items: readonly Item[]; readonly start: number | undefined }
  /** Lines as they are, without the last line end. */
  | { readonly kind: 'code'; readonly text: string }
  | { readonly kind: 'table'; readonly head: readonly Cell[]; readonly rows: readonly (readonly Cell[])[] }
  | { readonly kind: 'quote'; readonly children: readonly Block[] };

/** What stands behind one mark or number. */
export type Item = readonly Block[];
export type Cell = readonly Inline[];

export const text = (content: string): Inline => ({ kind: 'text', text: content });
export const strong = (...children: readonly Inline[]): Inline => ({ kind: 'strong', children });
export const small = (...children: readonly Inline[]): Inline => ({ kind: 'small', children });
export const paragraph = (...children: readonly Inline[]): Block => ({ kind: 'paragraph', children });
/** @param start the first number; undefined: the items have no order */
export const list = (items: readonly Item[], start?: number): Block => ({ kind: 'list', items, start });
export const quote = (...children: readonly Block[]): Block => ({ kind: 'quote', children });

/** A link where the address is one that a note may lead to, else the text alone. */
export function link(address: string | undefined, ...children: readonly Inline[]): Inline[] {
  const safe = address === undefined ? undefined : webAddress(address);
  return safe === undefined ? [...children] : [{ kind: 'link', address: safe, children }];
}

/** Characters. Browsers and desks cut longer ones too. */
const longestAddress = 2048;

/**
 * The address in its normal form if a reader may be led there: `http`, `https` or `mailto`, without a user or password that
 * could pass for a host. Undefined for `javascript:`, `data:` and everything else.
 */
export function webAddress(address: string): string | undefined {
  if (address.length > longestAddress || !URL.canParse(address)) return undefined;
  const { protocol, username, password, href } = new URL(address);
  if (protocol === 'mailto:') return href.length <= longestAddress ? href : undefined;
  const isWeb = (protocol === 'https:' || protocol === 'http:') && username === '' && password === '';
  return isWeb && href.length <= longestAddress ? href : undefined;
}
