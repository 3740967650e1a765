import { parentPort, workerData } from 'node:worker_threads';
import { createTicketHistory, type IndexFolder, openIndexFolder } from '../../connectors/index.js';
import { toEnhancementError } from '../../enhancement/index.js';
import { catchConsole } from '../../logging/console.js';
import { messageOf } from '../../logging/describe-error.js';
import { patientConnection } from '../../redis/connection.js';
import { type ContextEvents, createContextSources } from './context-sources.js';
import type { FromThread, ThreadData, ToThread } from './messages.js';

/** The thread of context-host.ts: holds the indexes and searches them. */

const { redisUrl, dataDir, tenantIds }: ThreadData = workerData;
const tell = (message: FromThread): void => parentPort?.postMessage(message);
catchConsole((method, text) => tell({ type: 'printed', method, text }));
const events: ContextEvents = {
  filesRead: (tenantId, source, leftOut) => tell({ type: 'files-read', tenantId, source, leftOut }),
  indexFailed: (tenantId, why) => tell({ type: 'index-failed', tenantId, why }),
};

function openFolder(): IndexFolder | undefined {
  try {
    const folder = openIndexFolder(dataDir, {
      onBroken: (tenantId, error) => events.indexFailed(tenantId, `is built anew: ${messageOf(error)}`),
    });
    folder.keepOnly(tenantIds);
    return folder;
  } catch (error) {
    events.indexFailed(undefined, `cannot be written in ${dataDir}: ${messageOf(error)}`);
    return undefined;
  }
}

const sourcesOf = createContextSources({
  history: createTicketHistory(patientConnection(redisUrl)),
  indexFolder: openFolder(),
  events,
});
const running = new Map<number, AbortController>();

async function search({ id, tenant, source, ticket }: Extract<ToThread, { type: 'search' }>): Promise<void> {
  const controller = new AbortController();
  running.set(id, controller);
  try {
    const searched = sourcesOf(tenant).find(({ name }) => name === source);
    if (searched === undefined) throw new Error(`tenant ${tenant.id} has no ${source}`);
    const excerpts = await searched.search(ticket, controller.signal);
    tell({ type: 'found', id, excerpts, counts: searched.documents() });
  } catch (error) {
    const { code, message } = toEnhancementError(error, 'UNEXPECTED', `The search failed: ${messageOf(error)}`);
    tell({ type: 'failed', id, code, message });
  } finally {
    running.delete(id);
  }
}

parentPort?.on('message', (message: ToThread) => {
  switch (message.type) {
    case 'search':
      void search(message);
      return;
    case 'cancel':
      running.get(message.id)?.abort(new Error('the search was cancelled'));
  }
});
