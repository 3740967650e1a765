import type { Config } from '../../config/config.js';
import { createChatCompletions, listModels, proxyRule } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenants } from '../../tenants/index.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

const timeoutMs = 8000;
/** Enough for an answer, at almost no cost. */
const spentTokens = 16;

/** The language model: its list of models, which costs nothing; with `spend`, one small completion of each model. */
export function modelCheck(config: Config, tenants: Tenants, spend: boolean): Check {
  const subject = 'language model';
  const { llmBaseUrl: baseUrl, llmApiKey: apiKey } = config;
  const proxyFor = proxyRule(config);
  const models = [...new Set([config.llmModel, ...tenants.all().map(({ llm }) => llm.model)])].filter(
    (model) => model !== undefined,
  );
  return {
    title: subject,
    async run(signal) {
      if (baseUrl === undefined) {
        return [ok(subject, 'none (LLM_BASE_URL is not set): notes quote what was found')];
      }
      const { host } = new URL(baseUrl);
      const tryModel = async (model: string): Promise<Finding> => {
        const request = { system: 'Answer with {"ok":true}.', user: 'Are you there?', maxTokens: spentTokens };
        try {
          await createChatCompletions({ baseUrl, apiKey, model, timeoutMs, proxyFor }).complete(request, signal);
          return ok(subject, `${model} at ${host} answers`);
        } catch (error) {
          signal.throwIfAborted();
          return failed(subject, `${model}: ${messageOf(error)}`);
        }
      };
      if (spend) return Promise.all(models.map(tryModel));
      try {
        return judge(await listModels({ baseUrl, apiKey, timeoutMs, proxyFor }, signal), models, host);
      } catch (error) {
        signal.throwIfAborted();
        return [failed(subject, messageOf(error))];
      }
    },
  };

  function judge(listed: readonly string[] | undefined, wanted: readonly string[], host: string): Finding[] {
    if (listed === undefined) {
      return [warning(subject, `${host} answers, but lists no models. Try a completion with --spend.`)];
    }
    return wanted.map((model) =>
      listed.includes(model)
        ? ok(subject, `${host} answers and has ${model}`)
        : warning(subject, `${host} answers, but does not list ${model}. Check LLM_MODEL, or try it with --spend.`),
    );
  }
}
