import { Worker } from 'node:worker_threads';
import {
  type ContextSource,
  type ContextSourceName,
  type DocumentCounts,
  EnhancementError,
  type Excerpt,
  type Ticket,
  until,
} from '../../enhancement/index.js';
import type { ContextEvents, ContextTenant } from './context-sources.js';
import type { FromThread, ThreadData, ToThread } from './messages.js';

/** Searches the context of tenants. */
export interface ContextHost {
  sourcesOf(tenant: ContextTenant): readonly ContextSource[];
  end(): Promise<void>;
}

interface Waiting {
  found(message: Extract<FromThread, { type: 'found' }>): void;
  failed(error: Error): void;
}

/**
 * Searches in a thread, so that neither building nor searching an index blocks this process's event loop. If the thread ends,
 * for example because its heap is full, the searches in progress fail and the next search starts another thread.
 */
export function startContextThread(data: ThreadData, events: ContextEvents): ContextHost {
  const waiting = new Map<number, Waiting>();
  let thread: Worker | undefined;
  let nextId = 0;

  function receive(message: FromThread): void {
    switch (message.type) {
      case 'found':
        waiting.get(message.id)?.found(message);
        return;
      case 'failed':
        waiting.get(message.id)?.failed(new EnhancementError(message.code, message.message));
        return;
      case 'files-read':
        events.filesRead(message.tenantId, message.source, message.leftOut);
        return;
      case 'index-failed':
        events.indexFailed(message.tenantId, message.why);
        return;
      case 'printed':
        // logConsole writes it to the log.
        globalThis.console[message.method](message.text);
    }
  }

  function start(): Worker {
    const started = new Worker(new URL('./context-thread.js', import.meta.url), { workerData: data });
    started.unref();
    let cause: unknown;
    started.on('message', receive);
    started.on('error', (error) => {
      cause = error;
    });
    started.on('exit', () => {
      if (thread === started) thread = undefined;
      const message = 'The thread that searches for context has ended. It starts again with the next search.';
      for (const { failed } of waiting.values()) failed(new EnhancementError('SOURCE_UNREADABLE', message, { cause }));
    });
    return started;
  }

  function tell(message: ToThread): void {
    thread ??= start();
    thread.postMessage(message);
  }

  async function search(
    tenant: ContextTenant,
    source: ContextSourceName,
    { tenantId, ticketId, subject, description, priority, createdAt }: Ticket,
    signal: AbortSignal,
  ): Promise<Extract<FromThread, { type: 'found' }>> {
    const id = nextId++;
    const ticket = { tenantId, ticketId, subject, description, priority, createdAt };
    try {
      return await until(
        signal,
        () =>
          new Promise((found, failed) => {
            waiting.set(id, { found, failed });
            tell({ type: 'search', id, tenant, source, ticket });
          }),
      );
    } finally {
      waiting.delete(id);
      if (signal.aborted) thread?.postMessage({ type: 'cancel', id } satisfies ToThread);
    }
  }

  function sourceOf(tenant: ContextTenant, name: ContextSourceName): ContextSource {
    let counts: DocumentCounts = { used: 0, skipped: 0 };
    return {
      name,
      documents: () => counts,
      async search(ticket, signal): Promise<readonly Excerpt[]> {
        const found = await search(tenant, name, ticket, signal);
        counts = found.counts;
        return found.excerpts;
      },
    };
  }

  return {
    sourcesOf({ id, history, knowledge, inventory }) {
      const tenant = {
        id,
        ...(history ? { history } : {}),
        ...(knowledge ? { knowledge } : {}),
        ...(inventory ? { inventory } : {}),
      };
      return [
        sourceOf(tenant, 'ticket_history'),
        ...(knowledge ? [sourceOf(tenant, 'knowledge_base')] : []),
        ...(inventory ? [sourceOf(tenant, 'inventory')] : []),
      ];
    },
    async end() {
      await thread?.terminate();
    },
  };
}
