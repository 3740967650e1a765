/**
 * The flooding tenant, in a process of its own: its desk, and its webhooks at a given rate until it is killed.
 *
 *   flood.ts <desk's delay in ms>    prints the desk's address, then reads `<url> <webhooks a second>` from stdin
 */
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import autocannon from 'autocannon';
import { startDesk } from './desk.js';
import { signedTicket } from './webhook.js';

const desk = await startDesk(Number(process.argv[2]));
console.log(desk.baseUrl);
const [line] = (await once(createInterface(process.stdin), 'line')) as [string];
const [url = '', perSecond = ''] = line.split(' ');
let sent = 0;
await autocannon({
  url,
  connections: 16,
  duration: 3600,
  overallRate: Number(perSecond),
  requests: [
    {
      method: 'POST',
      setupRequest: (request) => ({ ...request, ...signedTicket('flood', `F-${sent++}`) }),
    },
  ],
});
