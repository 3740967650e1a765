import { readHistory, readKnowledge } from '../../src/connectors/context-files.js';
import { toTicketDocument } from '../../src/enhancement/history-document.js';
import { toArticleDocument } from '../../src/enhancement/knowledge-source.js';
import type { Document } from '../../src/enhancement/ranking.js';
import { demoQuestions } from '../../test/support/demo-questions.js';
import type { Collection } from './collections.js';

/** The articles and the tickets of each demo tenant, with the questions that `npm test` asks. */
export async function demoCollections(): Promise<Collection[]> {
  const collections: Collection[] = [];
  for (const tenant of ['acme', 'globex'] as const) {
    const articles: Document[] = [];
    await readKnowledge(`demo/${tenant}/knowledge`, (article) => void articles.push(toArticleDocument(article)));
    const tickets: Document[] = [];
    await readHistory(`demo/${tenant}/history.jsonl`, (ticket) => void tickets.push(toTicketDocument(ticket)));
    for (const [name, documents] of Object.entries({ articles, tickets })) {
      const ids = new Set(documents.map(({ id }) => id));
      // Apart, so that the few words of the one and the sentences of the other count the same.
      for (const short of [true, false]) {
        const questions = demoQuestions
          .filter((question) => question.tenant === tenant && question.short === short)
          .map((question) => ({ ...question, relevant: new Set(question.relevant.filter((id) => ids.has(id))) }));
        const which = `${name} of ${tenant}, ${short ? 'short' : 'long'} tickets`;
        collections.push({ name: which, kind: 'demo tenants', documents, questions });
      }
    }
  }
  return collections;
}
