import { resolveTenants, TenantsError } from '../../tenants/index.js';
import { readTenantsDocument } from '../../tenants/tenants-file.js';
import { contextWarnings } from '../checks/check-context.js';
import { readConfig } from '../configuration.js';
import { exitCodes } from '../exit-codes.js';
import { printable } from '../text-table.js';
import type { Terminal } from '../terminal.js';

export async function validateTenants(file: string | undefined, json: boolean, terminal: Terminal): Promise<void> {
  const path = file ?? readConfig().tenantsFile;
  const shown = path ?? 'the demo tenants';
  try {
    const warnings: string[] = [];
    const all = resolveTenants(readTenantsDocument(path), undefined, (sentence) => warnings.push(sentence)).all();
    warnings.push(...(await contextWarnings(all)));
    const { length } = all;
    if (json) terminal.printJson({ valid: true, file: path ?? null, tenants: length, problems: [], warnings });
    else {
      terminal.print(`${terminal.paint('green', 'ok')}  ${shown}: ${length} ${length === 1 ? 'tenant' : 'tenants'}`);
      for (const sentence of warnings) {
        terminal.print(`${terminal.paint('yellow', 'warning')}  ${printable(sentence)}`);
      }
    }
  } catch (error) {
    if (!json || !(error instanceof TenantsError)) throw error;
    terminal.printJson({ valid: false, file: path ?? null, tenants: null, problems: error.problems, warnings: [] });
    process.exitCode = exitCodes.configuration.code;
  }
}
