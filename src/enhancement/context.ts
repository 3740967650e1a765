import { EnhancementError } from './errors.js';
import type { PipelineObserver } from './observer.js';
import type { Excerpt } from './excerpt.js';
import type { ContextSourceName } from './vocabulary.js';
import type { ContextSource } from './ports.js';
import type { Ticket } from './ticket.js';
import { until } from './until.js';

export interface FailedSource {
  readonly source: ContextSourceName;
  readonly reason: 'timed out' | 'failed';
}

/** What was found for a ticket, and where nobody could look. */
export interface Context {
  /** Best first. */
  readonly excerpts: readonly Excerpt[];
  readonly failed: readonly FailedSource[];
}

export interface ContextRequest {
  readonly ticket: Ticket;
  readonly sources: readonly ContextSource[];
  /** For each source. */
  readonly timeoutMs: number;
  readonly observer: Pick<PipelineObserver, 'contextSourceEnded'>;
}

/**
 * Asks all sources at once, each with a deadline of its own. A source that fails or misses it is named in the result
 * and observed; only `signal` ends the whole.
 *
 * @throws the signal's reason when it aborts
 */
export async function gatherContext(
  { ticket, sources, timeoutMs, observer }: ContextRequest,
  signal: AbortSignal,
): Promise<Context> {
  const failed: FailedSource[] = [];
  const excerpts = await Promise.all(
    sources.map(async (source) => {
      const startedAtMs = performance.now();
      const seconds = (): number => (performance.now() - startedAtMs) / 1000;
      const deadline = AbortSignal.timeout(timeoutMs);
      try {
        const found = await until(AbortSignal.any([signal, deadline]), (both) => source.search(ticket, both));
        observer.contextSourceEnded(source.name, seconds());
        return found;
      } catch (error) {
        signal.throwIfAborted();
        const late = deadline.aborted;
        failed.push({ source: source.name, reason: late ? 'timed out' : 'failed' });
        const took = seconds();
        const message = `${source.name} did not answer within ${took.toFixed(1)} s.`;
        const told = late ? new EnhancementError('SOURCE_TIMEOUT', message, { cause: error }) : error;
        observer.contextSourceEnded(source.name, took, told);
        return [];
      }
    }),
  );
  return { excerpts: excerpts.flat().sort((one, other) => placeOf(other) - placeOf(one)), failed };
}

/** Of sources that are about as probable, the article comes first: it is written for all, a ticket tells of one case. */
const articleLead = 0.05;

function placeOf({ source, score }: Excerpt): number {
  return source === 'knowledge_base' ? score + articleLead : score;
}
