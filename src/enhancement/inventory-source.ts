import type { Asset } from './asset.js';
import type { Excerpt } from './excerpt.js';
import { type IndexBudget, unlimitedBudget } from './index-budget.js';
import { createLoadedIndex } from './loaded-index.js';
import type { ContextSource, LoadDocuments } from './ports.js';
import { withoutProgramText } from './program-text.js';
import type { Document } from './ranking.js';
import { searchedText } from './text-bounds.js';
import type { Ticket } from './ticket.js';
import { code } from './ticket-words.js';
import { wordsOf } from './tokenization.js';
import { trimmed } from './trimmed.js';

const excerptLimit = 2;

/** Its id is the asset's name and, each in a line, the words of all of its names. */
interface AssetDocument extends Document {
  readonly asset: Asset;
}

/** Of the budget for all tenants: the index of one tenant's inventory. */
const budgetPart = 1 / 12;

/**
 * What the tenant's inventory says of the systems that a ticket names. An asset counts when the ticket holds one of
 * its names or aliases whole; wording alone would turn up every laptop for every ticket about a laptop.
 *
 * @param budget default: no bounds
 */
export function createInventorySource(
  load: LoadDocuments<Asset>,
  budget: IndexBudget = unlimitedBudget,
): ContextSource {
  const loaded = createLoadedIndex({ load, toDocument, budget, part: budgetPart });

  async function search(ticket: Ticket): Promise<Excerpt[]> {
    const { index } = loaded;
    const { subject, description } = searchedText(ticket);
    const text = `${subject}\n${description}`;
    // In stack traces and paths only codes are names: other words are there by chance.
    const codes = (text.match(code) ?? []).flatMap(wordsOf);
    const said = new Set([...nameWords(withoutProgramText(text), anySign), ...codes]);
    const isNamed = (id: string): boolean =>
      id
        .split('\n')
        .slice(1)
        .some((words) => words !== '' && words.split(' ').every((word) => said.has(word)));
    const named = index.rank(index.query(ticket, { isWhole: true }), { limit: excerptLimit, accepts: isNamed });
    return named.map(({ document }) => excerptOf(document));
  }

  return {
    name: 'inventory',
    documents: () => ({ used: loaded.index.size, skipped: loaded.skipped }),
    search: (ticket, signal) => loaded.use(() => search(ticket), signal),
  };
}

function excerptOf({ asset }: AssetDocument): Excerpt {
  const { name, kind, owner, location, status, notes } = asset;
  return {
    source: 'inventory',
    id: name,
    title: name,
    quote: notes ?? '',
    background: notes ?? '',
    detail: [kind, location].filter(Boolean).join(', '),
    ...(status === undefined || status === '' ? {} : { status }),
    ...(owner === undefined || owner === '' ? {} : { owner }),
    // The ticket names it: there is nothing to weigh.
    score: 1,
    confidence: 'likely',
  };
}

/** What distinguishes names and is no word of {@link wordsOf}: the `S` of `S drive`, the number of `node 2`. */
const distinctive = /^(?:\p{Lu}|\p{N})$/u;
const anySign = /^[\p{L}\p{N}]$/u;
const quotes = new Set("'’");

/** The words of a text, and its letters and digits that stand alone and match `sign`, each behind a `=`. */
function nameWords(text: string, sign: RegExp): string[] {
  // `R/3` and `R3` are the same.
  const joined = text.replace(/(?<=\p{L})\/(?=\p{N})/gu, '');
  const signs = (joined.match(/[\p{L}\p{N}'’]+/gu) ?? []).map((one) => trimmed(one, quotes));
  return [...wordsOf(joined), ...signs.filter((one) => sign.test(one)).map((one) => `=${one.toLowerCase()}`)];
}

function toDocument(asset: Asset): AssetDocument {
  const names = [asset.name, ...(asset.aliases ?? [])];
  const words = names.map((name) => [...new Set(nameWords(name, distinctive))].join(' '));
  return {
    id: [asset.name.replaceAll('\n', ' '), ...words].join('\n'),
    title: names.join(' '),
    text: [asset.kind, asset.location, asset.status, asset.notes].filter(Boolean).join('\n'),
    asset,
  };
}
