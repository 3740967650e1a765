import type { Excerpt } from './excerpt.js';
import type { ContextSource } from './ports.js';
import { createRetrievalIndex, type Document } from './retrieval.js';
import { termsOf } from './tokenization.js';

/** A system, device or service of the tenant. */
export interface Asset {
  readonly name: string;
  readonly kind: string;
  readonly owner?: string | undefined;
  readonly location?: string | undefined;
  readonly status?: string | undefined;
  readonly notes?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
}

const excerptLimit = 2;

interface AssetDocument extends Document {
  readonly asset: Asset;
  /** Each of its names, as terms. */
  readonly names: readonly (readonly string[])[];
}

/**
 * What the tenant's inventory says of the systems that a ticket names. An asset counts when the ticket holds one of
 * its names or aliases whole; wording alone would turn up every laptop for every ticket about a laptop.
 */
export function createInventorySource(load: () => Promise<readonly Asset[]>): ContextSource {
  const index = createRetrievalIndex<AssetDocument>();
  const assets: AssetDocument[] = [];
  let loading: Promise<void> | undefined;

  async function fill(): Promise<void> {
    for (const asset of await load()) {
      const document = toDocument(asset);
      assets.push(document);
      index.upsert(document);
    }
  }

  return {
    name: 'inventory',
    async search(ticket, signal) {
      loading ??= fill().catch((error: unknown) => {
        loading = undefined;
        assets.length = 0;
        throw error;
      });
      await loading;
      signal.throwIfAborted();
      const said = new Set(termsOf(`${ticket.subject}\n${ticket.description}`));
      const ranks = new Map(
        index.search(index.query(ticket), assets.length).map(({ document, score }) => [document, score]),
      );
      const rank = (document: AssetDocument): number => ranks.get(document) ?? 0;
      return assets
        .filter(({ names }) => names.some((terms) => terms.length > 0 && terms.every((term) => said.has(term))))
        .sort((a, b) => rank(b) - rank(a))
        .slice(0, excerptLimit)
        .map(excerptOf);
    },
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
    detail: [kind, location, status && `status: ${status}`, owner && `owner: ${owner}`].filter(Boolean).join(', '),
    // The ticket names it: there is nothing to weigh.
    score: 1,
  };
}

function toDocument(asset: Asset): AssetDocument {
  const names = [asset.name, ...(asset.aliases ?? [])];
  return {
    id: asset.name,
    title: names.join(' '),
    text: [asset.kind, asset.location, asset.status, asset.notes].filter(Boolean).join('\n'),
    asset,
    names: names.map((name) => [...new Set(termsOf(name))]),
  };
}
