/**
 * The flooding tenants, in a process of their own: their desk, and their webhooks at a given rate until it is killed.
 *
 *   flood.ts <desk's delay in ms, or Infinity>
 *     prints the desk's address, then reads `<url> <webhooks a second> <tenants>` from stdin
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { signedTicket } from '../webhook-load.js';
import { startDesk } from './desk.js';

const desk = await startDesk(Number(process.argv[2]));
console.log(desk.baseUrl);
const [line] = (await once(createInterface(process.stdin), 'line')) as [string];
const [url = '', perSecond = '', tenants = ''] = line.split(' ');
let sent = 0;
await autocannon({
  url,
  connections: 16,
  duration: 3600,
  overallRate: Number(perSecond),
  requests: [
    {
      method: 'POST',
      setupRequest: (request) => ({ ...request, ...signedTicket(`flood-${sent % Number(tenants)}`, `F-${sent++}`) }),
    },
  ],
});
