import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Document } from '../../src/enhancement/ranking.js';
import { readCsv } from './csv.js';

/** Documents, and questions of which it is known which documents answer them. */
export interface Collection {
  readonly name: string;
  /** Collections of one kind share their documents' form. */
  readonly kind: string;
  readonly documents: readonly Document[];
  readonly questions: readonly Question[];
}

export interface Question {
  readonly subject: string;
  readonly description: string;
  readonly relevant: ReadonlySet<string>;
  /** The document that the question was made of. */
  readonly itself?: string;
}

/** Public collections, none of them in this repository. */
export const publicSets = [
  {
    kind: 'SeaMonkey',
    files: ['SeaMonkey_bugs.csv', 'SeaMonkey_bugs-combined.csv'],
    what: 'bug reports; their duplicates are relevant',
    source: 'github.com/av9ash/gitbugs, CC BY 4.0',
    read: seaMonkey,
  },
  {
    kind: 'Banking77',
    files: ['banking-train.csv', 'banking-test.csv'],
    what: 'short messages of bank customers; those of the same intent are relevant',
    source: 'github.com/PolyAI-LDN/task-specific-datasets (banking_data), CC BY 4.0',
    read: banking,
  },
  ...(['en', 'de', 'es', 'zh'] as const).map((language) => ({
    kind: `XQuAD ${language}`,
    files: [`xquad.${language}.json`],
    what: 'questions; the paragraph that holds the answer is relevant',
    source: 'github.com/google-deepmind/xquad, CC BY-SA 4.0',
    read: xquad,
  })),
];

/** @throws {Error} which names the files that are missing, and where they come from */
export function readCollections(folder: string | undefined): Collection[] {
  const missing = publicSets.filter(({ files }) => files.some((file) => !existsSync(join(folder ?? '', file))));
  if (folder === undefined || missing.length > 0) {
    const named = missing.map(({ files, source }) => `  ${files.join(', ')}: ${source}`).join('\n');
    throw new Error(`--data FOLDER must hold these files, under these names:\n${named}`);
  }
  return publicSets.map(({ kind, files, read }) => {
    const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'));
    return { name: kind, kind, ...read(texts) };
  });
}

type Content = Pick<Collection, 'documents' | 'questions'>;

function seaMonkey([reports = '', duplicates = '']: readonly string[]): Content {
  const documents = readCsv(reports).map((row) => ({
    id: row['Issue id'] ?? '',
    title: row['Summary'] ?? '',
    text: row['Description'] ?? '',
  }));
  const known = new Map(documents.map((document) => [document.id, document]));
  const relevant = new Map<string, Set<string>>();
  for (const { 'Issue id': id = '', 'Duplicate id': duplicate = '' } of readCsv(duplicates)) {
    if (id === duplicate || !known.has(id) || !known.has(duplicate)) continue;
    relevant.set(id, (relevant.get(id) ?? new Set()).add(duplicate));
  }
  const questions = [...relevant].map(([id, ids]) => {
    const { title = '', text = '' } = known.get(id) ?? {};
    return { subject: title, description: text, relevant: ids, itself: id };
  });
  return { documents, questions };
}

function banking([train = '', test = '']: readonly string[]): Content {
  const messages = readCsv(train).map(({ text = '', category = '' }, i) => ({ id: `M${i}`, text, category }));
  const byIntent = new Map<string, Set<string>>();
  for (const { id, category } of messages) byIntent.set(category, (byIntent.get(category) ?? new Set()).add(id));
  return {
    documents: messages.map(({ id, text }) => ({ id, title: '', text })),
    questions: readCsv(test).map(({ text = '', category = '' }) => ({
      subject: '',
      description: text,
      relevant: byIntent.get(category) ?? new Set<string>(),
    })),
  };
}

const xquadSchema = z.object({
  data: z.array(
    z.object({
      paragraphs: z.array(z.object({ context: z.string(), qas: z.array(z.object({ question: z.string() })) })),
    }),
  ),
});

function xquad([text = '']: readonly string[]): Content {
  const paragraphs = xquadSchema.parse(JSON.parse(text)).data.flatMap((article) => article.paragraphs);
  return {
    documents: paragraphs.map(({ context }, i) => ({ id: `P${i}`, title: '', text: context })),
    questions: paragraphs.flatMap(({ qas }, i) =>
      qas.map(({ question }) => ({ subject: '', description: question, relevant: new Set([`P${i}`]) })),
    ),
  };
}
