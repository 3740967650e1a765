import { schemesOf } from '../../api/signatures/sign.js';
import type { Tenant } from '../../tenants/index.js';
import { readConfig, readTenants } from '../configuration.js';
import { formatNumber } from '../quantities.js';
import { type Column, printable, table } from '../text-table.js';
import type { Terminal } from '../terminal.js';

export function listTenants(json: boolean, terminal: Terminal): void {
  const listed = readTenants(readConfig()).all().map(listedTenant);
  if (json) terminal.printJson({ tenants: listed });
  else for (const line of listTable(listed, terminal)) terminal.print(line);
}

type ListedTenant = ReturnType<typeof listedTenant>;

function listedTenant({ id, name, active, webhook, desk, limits }: Tenant) {
  return {
    id,
    name,
    active,
    schemes: [...schemesOf(webhook), ...(webhook.deskSignature ? ['desk'] : [])],
    desk: desk.type,
    requests_per_minute: limits.requestsPerMinute,
    words_per_note: limits.wordsPerNote,
  };
}

function listTable(listed: readonly ListedTenant[], { paint, columns: width }: Terminal): string[] {
  const columns: readonly Column<ListedTenant>[] = [
    { head: 'ID', cell: ({ id }) => id },
    { head: 'ACTIVE', cell: ({ active }) => (active ? 'yes' : paint('yellow', 'no')) },
    { head: 'SCHEMES', cell: ({ schemes }) => schemes.join(' ') },
    { head: 'DESK', cell: ({ desk }) => desk },
    { head: 'REQUESTS/MIN', align: 'right', cell: (tenant) => formatNumber(tenant.requests_per_minute) },
    { head: 'WORDS/NOTE', align: 'right', cell: (tenant) => formatNumber(tenant.words_per_note) },
    { head: 'NAME', cell: ({ name }) => printable(name) },
  ];
  return table(columns, listed, paint, width);
}
