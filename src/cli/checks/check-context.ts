import { leftOutInWords, type ReadContext, readHistory, readInventory, readKnowledge } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

interface Source {
  readonly path: string;
  /** In the plural. */
  readonly what: string;
  readonly read: ReadContext<unknown>;
}

function sourcesOf({ knowledge, history, inventory }: Tenant): Source[] {
  return [
    knowledge && { path: knowledge.path, what: 'articles', read: readKnowledge },
    history && { path: history.path, what: 'resolved tickets', read: readHistory },
    inventory && { path: inventory.path, what: 'assets', read: readInventory },
  ].filter((source) => source !== undefined);
}

/** A tenant's context files, read as a worker reads them. */
export function contextCheck(tenant: Tenant): Check {
  const subject = `context of ${tenant.id}`;
  const sources = sourcesOf(tenant);
  return {
    title: subject,
    async run() {
      if (sources.length === 0) {
        return [
          ok(subject, 'no files of its own: notes draw on the resolved tickets that the desk sends (docs/tenants.md)'),
        ];
      }
      return (await Promise.all(sources.map((source) => findingsOf(source, subject)))).flat();
    },
  };
}

async function findingsOf({ path, what, read }: Source, subject: string): Promise<Finding[]> {
  try {
    let items = 0;
    const leftOut = await read(path, () => {
      items++;
    });
    const count = leftOut.skipped + leftOut.truncated;
    const reasons = leftOutInWords(leftOut).join('; ');
    const partly = count === 0 ? [] : [warning(subject, `${count} skipped or truncated in ${path}: ${reasons}.`)];
    const drafts = draftsInWords(leftOut.drafts ?? 0);
    if (items === 0) {
      return [warning(subject, `${path} holds no ${what}${drafts}; put some there, or leave it out.`), ...partly];
    }
    return [ok(subject, `${items} ${items === 1 ? what.slice(0, -1) : what} in ${path}${drafts}`), ...partly];
  } catch (error) {
    return [failed(subject, messageOf(error))];
  }
}

function draftsInWords(drafts: number): string {
  if (drafts === 0) return '';
  return drafts === 1 ? ' (1 draft is left out)' : ` (${drafts} drafts are left out)`;
}

/** A sentence for each context file that is not used, or cannot be read. */
export async function contextWarnings(tenants: readonly Tenant[]): Promise<string[]> {
  const sentences: string[] = [];
  // One tenant after the other, to bound the number of open files.
  for (const tenant of tenants) {
    const found = await Promise.all(sourcesOf(tenant).map((source) => findingsOf(source, tenant.id)));
    for (const { level, text } of found.flat()) if (level !== 'ok') sentences.push(`Tenant ${tenant.id}: ${text}`);
  }
  return sentences;
}
