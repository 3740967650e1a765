import type { LeftOut } from '../../connectors/index.js';
import type {
  ContextSourceName,
  DocumentCounts,
  EnhancementErrorCode,
  Excerpt,
  Ticket,
} from '../../enhancement/index.js';
import type { consoleMethods } from '../../logging/console.js';
import type { ContextTenant } from './context-sources.js';

/**
 * The messages between a worker and its search thread. Both are one build in one process, and nobody else has the port: a message is
 * what its type says, and is not parsed.
 */

/** The `workerData` of the thread. */
export interface ThreadData {
  readonly redisUrl: string;
  readonly dataDir: string;
  readonly tenantIds: readonly string[];
}

export type ToThread =
  | {
      readonly type: 'search';
      readonly id: number;
      readonly tenant: ContextTenant;
      readonly source: ContextSourceName;
      readonly ticket: Ticket;
    }
  /** The search was aborted. */
  | { readonly type: 'cancel'; readonly id: number };

export type FromThread =
  | {
      readonly type: 'found';
      readonly id: number;
      readonly excerpts: readonly Excerpt[];
      readonly counts: DocumentCounts;
    }
  | { readonly type: 'failed'; readonly id: number; readonly code: EnhancementErrorCode; readonly message: string }
  | {
      readonly type: 'files-read';
      readonly tenantId: string;
      readonly source: ContextSourceName;
      readonly leftOut: LeftOut;
    }
  | { readonly type: 'printed'; readonly method: (typeof consoleMethods)[number]; readonly text: string }
  | { readonly type: 'index-failed'; readonly tenantId: string | undefined; readonly why: string };
