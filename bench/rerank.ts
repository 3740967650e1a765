/**
 * What the option `llm.rerank` can gain: the order in which retrieval finds the ten best sources, the best order that they can have,
 * and the order of a model, asked with the service's own code.
 *
 *   npm run bench:rerank -- --data FOLDER [--set NAME]… [--questions 200] [--encoder] [--write]
 *
 * The model is that of LLM_BASE_URL, LLM_MODEL and LLM_API_KEY, if they are set. `--encoder` asks a sentence encoder too.
 */
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config/config.js';
import { createChatCompletions, proxyRule } from '../src/connectors/index.js';
import type { LanguageModel } from '../src/enhancement/index.js';
import { messageOf } from '../src/logging/describe-error.js';
import { machine, percentile, publish } from './report.js';
import { bestOrder, type Found, foundIn, type Ordered, orderOf } from './rerank/orders.js';
import { encoderName, startSentenceEncoder } from './rerank/sentence-encoder.js';
import { readCollections } from './retrieval/collections.js';
import { averagePrecision, mean, normalizedGain } from './retrieval/measures.js';

const { values } = parseArgs({
  options: {
    data: { type: 'string' },
    set: { type: 'string', multiple: true },
    questions: { type: 'string', default: '200' },
    encoder: { type: 'boolean', default: false },
    write: { type: 'boolean' },
  },
});

const config = loadConfig(process.env);
const { llmApiKey: apiKey, llmApiKeyHeader: apiKeyHeader, llmTimeoutMs: timeoutMs } = config;
const encoder = values.encoder ? await startSentenceEncoder() : undefined;

const client = (baseUrl: string, model: string): LanguageModel =>
  createChatCompletions({
    baseUrl,
    apiKey,
    apiKeyHeader,
    model,
    timeoutMs,
    maxOutputTokens: config.llmMaxOutputTokens,
    proxyFor: proxyRule(config),
  });

const models = [
  ...(encoder === undefined ? [] : [client(encoder.baseUrl, encoderName)]),
  ...(config.llmBaseUrl === undefined || config.llmModel === undefined
    ? []
    : [client(config.llmBaseUrl, config.llmModel)]),
];

const part = (value: number): string => value.toFixed(3).replace(/^0/, '');
const isRight = (ranked: readonly string[], { question }: Found): boolean => question.relevant.has(ranked[0] ?? '');

function row(
  name: string,
  order: string,
  found: readonly Found[],
  orders: readonly (readonly string[])[],
  cost: readonly string[],
) {
  const of = (measure: (ranked: readonly string[], one: Found) => number): number =>
    mean(found.map((one, i) => measure(orders[i] ?? [], one)));
  const changed = (to: boolean): number =>
    found.filter((one, i) => isRight(one.ranked, one) !== to && isRight(orders[i] ?? [], one) === to).length;
  const cells = [
    part(of((ranked, one) => (isRight(ranked, one) ? 1 : 0))),
    part(of((ranked, { question }) => averagePrecision(ranked, question.relevant))),
    part(of((ranked, { question }) => normalizedGain(ranked, question.relevant, 10))),
    `${changed(true)} / ${changed(false)}`,
    ...cost,
  ];
  return `| ${name} | ${order} | ${cells.join(' | ')} |`;
}

const failures = new Map<string, number>();

async function orderedBy(model: LanguageModel, found: readonly Found[]): Promise<Ordered[]> {
  const orders: Ordered[] = [];
  for (const one of found) {
    const ordered = await orderOf(model, one);
    orders.push(ordered);
    if (ordered.failure === undefined) continue;
    const words = `${model.model}: ${messageOf(ordered.failure)}`;
    failures.set(words, (failures.get(words) ?? 0) + 1);
  }
  return orders;
}

function costOf(orders: readonly Ordered[]): string[] {
  const seconds = orders.map((one) => one.seconds);
  const failed = orders.filter(({ failure }) => failure !== undefined).length;
  return [
    `${percentile(seconds, 0.5).toFixed(2)} s, ${percentile(seconds, 0.95).toFixed(2)} s`,
    mean(orders.map(({ tokens }) => tokens)).toFixed(0),
    String(failed),
  ];
}

const rows: string[] = [];
for (const collection of readCollections(values.data)) {
  if (values.set !== undefined && !values.set.includes(collection.name)) continue;
  const found = await foundIn(collection, Number(values.questions));
  const name = `${collection.name} (${found.length})`;
  const free = ['-', '-', '-'];
  rows.push(
    row(
      name,
      'as found',
      found,
      found.map(({ ranked }) => ranked),
      free,
    ),
  );
  for (const model of models) {
    const orders = await orderedBy(model, found);
    rows.push(
      row(
        name,
        model.model,
        found,
        orders.map(({ ranked }) => ranked),
        costOf(orders),
      ),
    );
  }
  rows.push(row(name, 'best possible', found, found.map(bestOrder), free));
  console.error(rows.slice(-2 - models.length).join('\n'));
}
await encoder?.close();

await publish(
  'benchmarks',
  'rerank',
  [
    '| questions | order of the ten best | P@1 | MAP | NDCG@10 | first source corrected / spoiled | time p50, p95 | tokens | not ordered |',
    '|---|---|---|---|---|---|---|---|---|',
    ...rows,
    '',
    ...[...failures].map(([words, times]) => `- ${times} times: ${words}`),
    `Measured on ${machine()}.`,
  ].join('\n'),
);
