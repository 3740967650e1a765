import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DeskUnderTest } from '../test/support/desks/protocol.js';

/** Two tenants, one with a desk of its own over HTTP and one with the local desk, and those that are added while it runs. */
export const tenantIds = ['acme', 'globex'] as const;
export const deskTenant = 'acme';
/** Its desk and its model answer with hostile shapes; there only where a drill asks for it. */
export const hostileTenant = 'hostile';
export const tenantSecret = 'chaos-webhook-secret';
export const deskCredential = 'desk-secret';
export const tenantSecrets = { WEBHOOK_SECRET: tenantSecret };

/** The tenants file, and the file that holds the desk's credential. */
export interface Tenants {
  readonly file: string;
  /** One more, with the local desk. The service does not know it before its next reload. @returns its id */
  add(): Promise<string>;
  /** What the desk's credential is from now on, in its file. */
  setCredential(credential: string): Promise<void>;
}

const secrets = '{ secrets: ["env:WEBHOOK_SECRET"] }';
const webhook = `{ servicedesk_signature: ${secrets}, desk_signature: ${secrets} }`;
const limits = '{ requests_per_minute: 1000000 }';
/** Each ticket has a note to be counted, whether something is found for it or not. */
const notes = '{ when_nothing_found: short }';

/** A model is asked about a ticket only where something is found for it. */
const knowledge = JSON.stringify({ path: join(import.meta.dirname, '../demo/acme/knowledge') });

/** @param desk as in the tenants file */
const entry = (id: string, desk: string, llm = '{}'): string =>
  `  - { id: ${id}, name: ${id}, webhook: ${webhook}, limits: ${limits}, notes: ${notes}, knowledge: ${knowledge}, desk: ${desk}, llm: ${llm} }`;

const serviceDeskPlus = { type: 'servicedesk-plus', credential: deskCredential };

/** @param deskUrls of each tenant that has a desk over HTTP; the hostile tenant is there if it is among them */
export async function createTenants(
  folder: string,
  deskUrls: ReadonlyMap<string, string>,
  { type, credential }: Pick<DeskUnderTest, 'type' | 'credential'> = serviceDeskPlus,
): Promise<Tenants> {
  const [file, credentialFile] = [join(folder, 'tenants.yaml'), join(folder, 'desk-credential')];
  const deskOf = (id: string): string => {
    const url = deskUrls.get(id);
    if (url === undefined) return '{ type: local }';
    return `{ type: ${type}, base_url: "${url}", credential: "file:${credentialFile}", allow_private_network: true }`;
  };
  const added: string[] = [];
  const write = () =>
    replaceFile(
      file,
      [
        'tenants:',
        ...[...tenantIds, ...added].map((id) => entry(id, deskOf(id))),
        ...(deskUrls.has(hostileTenant) ? [entry(hostileTenant, deskOf(hostileTenant), '{ model: hostile }')] : []),
        '',
      ].join('\n'),
    );
  await replaceFile(credentialFile, credential);
  await write();
  return {
    file,
    async add() {
      const id = `added-${added.length + 1}`;
      added.push(id);
      await write();
      return id;
    },
    setCredential: (credential) => replaceFile(credentialFile, credential),
  };
}

/** In one step, so that no reader gets half of it. */
async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text);
  await rename(`${path}.new`, path);
}
