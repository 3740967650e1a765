import type { Config } from '../../config/config.js';
import { createChatCompletions, type Dialect, describeDialect, listModels, proxyRule } from '../../connectors/index.js';
import { type ModelProbe, probeModel } from '../../enhancement/note-engine.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenants } from '../../tenants/index.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

const subject = 'language model';
/** For the list of models, milliseconds. */
const listTimeoutMs = 8000;
/** Beyond the model's own deadline, so that the error names the model. */
const graceMs = 2000;

/** One question for each model that a tenant uses, or, without `spend`, the list of models, which costs nothing. */
export function modelCheck(config: Config, tenants: Tenants, spend: boolean): Check {
  const { llmBaseUrl: baseUrl } = config;
  if (baseUrl === undefined) {
    const none = ok(subject, 'none (LLM_BASE_URL is not set): notes quote what was found');
    return { title: subject, run: async () => [none] };
  }
  const usersOf = new Map<string, string[]>();
  for (const { id, llm } of tenants.all()) {
    const model = llm.model ?? config.llmModel;
    if (model !== undefined) usersOf.set(model, [...(usersOf.get(model) ?? []), id]);
  }
  if (!spend) return { title: subject, run: (signal) => listed(config, baseUrl, [...usersOf.keys()], signal) };
  return {
    title: subject,
    deadlineMs: config.llmTimeoutMs + graceMs,
    run: (signal) =>
      Promise.all([...usersOf].map(([model, users]) => asked(config, baseUrl, { model, users }, signal))),
  };
}

/** Nothing that workers have learned before is used: the answer shows what the endpoint takes now. */
async function asked(
  config: Config,
  baseUrl: string,
  { model, users }: { readonly model: string; readonly users: readonly string[] },
  signal: AbortSignal,
): Promise<Finding> {
  const name = `${model} at ${new URL(baseUrl).host}, for ${listOf(users)}`;
  const refusals: string[] = [];
  let takes: Dialect | undefined;
  const client = createChatCompletions({
    baseUrl,
    apiKey: config.llmApiKey,
    apiKeyHeader: config.llmApiKeyHeader,
    model,
    timeoutMs: config.llmTimeoutMs,
    maxOutputTokens: config.llmMaxOutputTokens,
    proxyFor: proxyRule(config),
    onRefused: (parameter, words) => void refusals.push(words === '' ? parameter : words),
    onLearned: (dialect) => {
      takes = dialect;
    },
  });
  try {
    return answered(name, await probeModel(client, signal), takes, refusals);
  } catch (error) {
    signal.throwIfAborted();
    return failed(subject, `${name}: ${messageOf(error)}`);
  }
}

function answered(
  name: string,
  { seconds, promptTokens, completionTokens, repaired }: ModelProbe,
  takes: Dialect | undefined,
  refusals: readonly string[],
): Finding {
  const tokens =
    promptTokens + completionTokens === 0 ? 'no tokens told' : `${promptTokens} + ${completionTokens} tokens`;
  const learned =
    takes === undefined ? '' : `; it takes ${describeDialect(takes)}, and refused: ${refusals.join(' | ')}`;
  const text = `${name}: mode llm in ${seconds.toFixed(1)} s, ${tokens}${learned}`;
  if (repaired === undefined) return ok(subject, text);
  return warning(
    subject,
    `${text}. Its first answer ${repaired} and had to be repaired. A larger model needs no repair.`,
  );
}

const mostNamed = 5;

function listOf(users: readonly string[]): string {
  const more = users.length - mostNamed;
  return `${users.slice(0, mostNamed).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

async function listed(
  config: Config,
  baseUrl: string,
  wanted: readonly string[],
  signal: AbortSignal,
): Promise<Finding[]> {
  const { host } = new URL(baseUrl);
  const { llmApiKey: apiKey, llmApiKeyHeader: apiKeyHeader } = config;
  const request = { baseUrl, apiKey, apiKeyHeader, timeoutMs: listTimeoutMs, proxyFor: proxyRule(config) };
  let models: ReadonlySet<string> | undefined;
  try {
    models = await listModels(request, signal);
  } catch (error) {
    signal.throwIfAborted();
    return [failed(subject, messageOf(error))];
  }
  if (models === undefined) {
    return [warning(subject, `${host} answers, but lists no models. Ask a question, without --no-spend.`)];
  }
  return wanted.map((model) =>
    models.has(model.replace(/^models\//, ''))
      ? ok(subject, `${host} answers and has ${model}`)
      : warning(subject, `${host} answers, but does not list ${model}. Check LLM_MODEL, or ask without --no-spend.`),
  );
}
