import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type AnswerProxy, startAnswerProxy } from './answer-proxy.js';
import { freePort } from './free-port.js';
import { type RequestTracker, startRequestTracker } from './request-tracker.js';
import { type Service, startService } from './service.js';

/** Request Tracker and a service whose tenant `acme` has it as its desk. */
export interface RequestTrackerService {
  readonly rt: RequestTracker;
  readonly service: Service;
  /** Between the service and Request Tracker. */
  readonly proxy: AnswerProxy;
  /** The service reads the desk's credential from it. */
  readonly tokenFile: string;
  /** Request Tracker reads the webhook's secret from it; the service has the first one. */
  readonly secretFile: string;
  readonly webhookSecret: string;
  readonly tenantsFile: string;
  stop(): Promise<void>;
}

const webhookSecret = 'whsec_dGhlIHNlY3JldCBvZiB0aGUgdGVzdCBkZXNr';

export async function startRequestTrackerService(): Promise<RequestTrackerService> {
  const folder = await mkdtemp(join(tmpdir(), 'te-desk-'));
  const [tokenFile, secretFile, tenantsFile] = [
    join(folder, 'token'),
    join(folder, 'secret'),
    join(folder, 'tenants.yaml'),
  ];
  await Promise.all([writeFile(tokenFile, 'not yet'), writeFile(secretFile, `${webhookSecret}\n`)]);
  const port = await freePort();
  const proxy = await startAnswerProxy(port);
  await writeFile(tenantsFile, tenants(proxy.port, tokenFile, secretFile));
  const service = await startService({ env: { TENANTS_FILE: tenantsFile } });
  const webhookUrl = `${service.webhooks}/webhook/request-tracker/acme`;
  const rt = await startRequestTracker({ port, webhookUrl, secretFile });
  await writeFile(tokenFile, rt.token);
  return {
    rt,
    service,
    proxy,
    tokenFile,
    secretFile,
    webhookSecret,
    tenantsFile,
    async stop() {
      await rt.stop();
      await service.destroy();
      await proxy.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function tenants(deskPort: number, tokenFile: string, secretFile: string): string {
  const demo = join(process.cwd(), 'demo/acme');
  return `tenants:
  - id: acme
    name: Acme
    webhook: { desk_signature: { secrets: ["file:${secretFile}"] } }
    desk:
      type: request-tracker
      base_url: http://127.0.0.1:${deskPort}
      credential: file:${tokenFile}
      allow_private_network: true
    knowledge: { path: ${join(demo, 'knowledge')} }
    history: { path: ${join(demo, 'history.jsonl')} }
`;
}
