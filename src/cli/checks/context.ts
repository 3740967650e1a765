import { readHistory, readInventory, readKnowledge } from '../../connectors/index.js';
import { messageOf } from '../../logging/describe-error.js';
import type { Tenant } from '../../tenants/index.js';
import { type Check, type Finding, failed, ok, warning } from './check.js';

/** A tenant's files: read as a worker reads them at its first job. */
export function contextCheck(tenant: Tenant): Check {
  const { id, knowledge, history, inventory } = tenant;
  const subject = `context of ${id}`;
  const sources = [
    knowledge && { of: knowledge.path, what: 'articles', read: readKnowledge },
    history && { of: history.path, what: 'resolved tickets', read: readHistory },
    inventory && { of: inventory.path, what: 'assets', read: readInventory },
  ].filter((source) => source !== undefined);
  return {
    title: subject,
    async run() {
      if (sources.length === 0) {
        return [
          ok(subject, 'no files of its own: notes draw on the resolved tickets that the desk sends (docs/tenants.md)'),
        ];
      }
      const read = await Promise.all(
        sources.map(async ({ of, what, read }): Promise<Finding> => {
          try {
            const { length } = await read(of);
            if (length === 0) return warning(subject, `${of} holds no ${what}; put some there, or leave it out.`);
            return ok(subject, `${length} ${what} in ${of}`);
          } catch (error) {
            return failed(subject, messageOf(error));
          }
        }),
      );
      return read;
    },
  };
}
