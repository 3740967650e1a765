/** Finds mistakes in the address of a model endpoint. */

/**
 * The problem of an address's path or query, as the rest of a sentence whose subject is the variable.
 *
 * @param address up to its query
 * @param query from `?` on, or empty
 */
export function problemOfModelPath(address: string, query: string): string | undefined {
  const [, ollama] = /^(.*?)\/api\/(?:chat|generate|tags)\/?$/.exec(address) ?? [];
  if (ollama !== undefined) return `must be the address of the OpenAI-compatible API, which Ollama has at ${ollama}/v1`;
  const [, base] = /^(.*?)\/chat(?:\/completions)?\/?$/.exec(address) ?? [];
  if (base !== undefined) return `must end before /chat/completions: ${base}${query}`;
  if (/\/(?:completions|responses|models|embeddings)\/?$/.test(address) && !/\.azure\.com/.test(address)) {
    return 'must end before the name of a request, such as https://api.openai.com/v1';
  }
  if (query !== '' && !/^\?api-version=[\w.-]{1,64}$/.test(query)) {
    return 'must end with its path, or with ?api-version=… for Azure';
  }
  return undefined;
}

/** Endpoints whose API has no path of its own. */
const withoutPath = new Set(['api.deepseek.com', 'api.perplexity.ai']);

/** A sentence about an address that is probably incomplete, with the right form. */
export function warningOfModelUrl(url: string): string | undefined {
  const { origin, hostname, pathname, searchParams } = new URL(url);
  if (hostname.endsWith('.openai.azure.com')) {
    if (pathname.startsWith('/openai/v1')) return undefined;
    if (!pathname.startsWith('/openai/deployments/')) {
      return `LLM_BASE_URL is an address of Azure without the path of its API. Set it to ${origin}/openai/v1, and LLM_MODEL to the name of the deployment.`;
    }
    return searchParams.has('api-version')
      ? undefined
      : `LLM_BASE_URL has no API version, which this form of Azure's addresses needs. Set it to ${origin}${pathname}?api-version=2024-10-21, or to ${origin}/openai/v1.`;
  }
  if (hostname === 'generativelanguage.googleapis.com' && !pathname.includes('/openai')) {
    return `LLM_BASE_URL is not the OpenAI-compatible address of Gemini. Set it to ${origin}/v1beta/openai.`;
  }
  if (hostname === 'openrouter.ai' && !pathname.startsWith('/api/v1')) {
    return `LLM_BASE_URL is not the address of OpenRouter's API. Set it to ${origin}/api/v1.`;
  }
  if (/^\/api\/?$/.test(pathname)) {
    return `LLM_BASE_URL is the address of Ollama's own API. Set it to that of the OpenAI-compatible one: ${origin}/v1.`;
  }
  if (pathname !== '/' || withoutPath.has(hostname)) return undefined;
  return `LLM_BASE_URL has no path, and most endpoints have their API at /v1. If this one does, set it to ${origin}/v1.`;
}
