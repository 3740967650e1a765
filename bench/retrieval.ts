/**
 * How well the right document is found, and how honest its confidence is, on public collections that are not part of this
 * repository; beside plain BM25 and minisearch in the same run.
 *
 *   npm run bench:retrieval -- --data FOLDER [--write]
 */
import { parseArgs } from 'node:util';
import { publish } from './report.js';
import { casesOf } from './retrieval/cases.js';
import { type Collection, publicSets, readCollections } from './retrieval/collections.js';
import { calibration, judgedByOthers, shownOf } from './retrieval/evaluation.js';
import { withSmallOnes } from './retrieval/fitted-collections.js';
import { averagePrecision, mean, normalizedGain, recall } from './retrieval/measures.js';
import { miniSearch, ours, plainBm25, type Ranker } from './retrieval/rankers.js';

const { values } = parseArgs({ options: { data: { type: 'string' }, write: { type: 'boolean' } } });

const part = (value: number): string => value.toFixed(3).replace(/^0/, '');

function rankingRow(collection: Collection, ranker: Ranker): string {
  const rank = ranker.over(collection.documents);
  const startedAtMs = performance.now();
  const rankings = collection.questions.map((question) => ({ ranked: rank(question), relevant: question.relevant }));
  const msEach = (performance.now() - startedAtMs) / rankings.length;
  const cells = [
    mean(rankings.map(({ ranked, relevant }) => averagePrecision(ranked, relevant))),
    mean(rankings.map(({ ranked, relevant }) => normalizedGain(ranked, relevant, 10))),
    mean(rankings.map(({ ranked, relevant }) => recall(ranked, relevant, 10))),
    mean(rankings.map(({ ranked: [first = ''], relevant }) => (relevant.has(first) ? 1 : 0))),
    mean(rankings.map(({ ranked }) => (ranked.length === 0 ? 1 : 0))),
  ];
  return `| ${collection.name} | ${ranker.name} | ${cells.map(part).join(' | ')} | ${msEach.toFixed(1)} |`;
}

async function confidenceSection(collections: readonly Collection[]): Promise<string> {
  const judged = judgedByOthers((await withSmallOnes(collections)).flatMap(casesOf));
  const shown = collections.map((collection) => ({ name: collection.name, ...shownOf(collection, judged) }));
  const means = {
    name: '**mean**',
    relevant: mean(shown.map(({ relevant }) => relevant)),
    precision: mean(shown.map(({ precision }) => precision)),
    nothing: mean(shown.map(({ nothing }) => nothing)),
    wrongly: mean(shown.map(({ wrongly }) => wrongly)),
  };
  const deciles = calibration(judged).filter(({ cases }) => cases > 50);
  return [
    '| questions | a relevant source is shown | shown sources that are relevant | nothing is shown | shown though no source is relevant |',
    '|---|---|---|---|---|',
    ...[...shown, means].map(
      ({ name, relevant, precision, nothing, wrongly }) =>
        `| ${name} | ${[relevant, precision, nothing, wrongly].map(part).join(' | ')} |`,
    ),
    '',
    '| cases | expected | observed |',
    '|---|---|---|',
    ...deciles.map(({ cases, expected, observed }) => `| ${cases} | ${part(expected)} | ${part(observed)} |`),
  ].join('\n');
}

const collections = readCollections(values.data);
await publish(
  'benchmarks',
  'retrieval',
  [
    '| questions | ranking | MAP | NDCG@10 | Recall@10 | P@1 | nothing found | ms each |',
    '|---|---|---|---|---|---|---|---|',
    ...collections.flatMap((collection) =>
      [ours, plainBm25, miniSearch].map((ranker) => rankingRow(collection, ranker)),
    ),
    '',
    await confidenceSection(collections),
    '',
    ...publicSets.map(({ kind, what, source }) => `- ${kind}: ${what} (${source})`),
  ].join('\n'),
);
