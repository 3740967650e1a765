import { desksUnderTest } from '../../test/support/desks/index.js';
import { type DeskUnderTest, webhookOf } from '../../test/support/desks/protocol.js';
import { type NoteAudit, noteFigure, noteFinding, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { endure } from '../endure.js';
import type { FaultName } from '../faults.js';
import type { SentDelivery } from '../load.js';
import type { Finding } from '../promises.js';
import { deskTenant, tenantSecret } from '../tenants.js';

/** What happens between a worker and its desk. Everything else is in the drill of random faults. */
const between: readonly FaultName[] = [
  'kill worker',
  'freeze worker',
  'freeze in a post',
  'kill http',
  'desk down',
  'desk slow',
  'desk loses answers',
  'desk late',
  'desk throttles',
  'token refused',
];

/** Of faults, for each desk. */
const leastMinutes = 1;

const firstTicket = 1000;

/** Each time that it is tried it is the same delivery, as the desk repeats it. */
function deliveryOf(desk: DeskUnderTest, ticketId: string): SentDelivery {
  const event = desk.created({
    id: ticketId,
    subject: 'VPN drops every hour',
    description: `Once an hour. (${ticketId})`,
  });
  return { path: `/webhook/${desk.type}/${deskTenant}`, ...webhookOf(desk, event, tenantSecret) };
}

export const eachDesk: Drill = {
  what: 'workers and desks break at random, desk by desk, each with its own webhooks and protocol, Request Tracker among them',
  async run(context) {
    const all = Object.entries(desksUnderTest);
    const findings: Finding[] = [];
    for (const [name, desk] of all) {
      context.say(name);
      const share = { ...context, minutes: Math.max(context.minutes / all.length, leastMinutes) };
      const load = {
        clients: 12,
        perSecond: 20,
        name,
        patienceMs: 20_000,
        tenants: [deskTenant],
        ticketId: (number: number) => String(firstTicket + number),
        delivery: (_tenantId: string, ticketId: string) => deliveryOf(desk, ticketId),
      };
      const found = await endure(
        between,
        share,
        { CHILD_HUNG_MS: '30000' },
        async ({ notes, target, ledger, faults }) => {
          const ids = ledger.deliveries.map(({ ticketId }) => ticketId);
          const shown = ids.flatMap((id) => target.desk.notes(id)).filter((note) => note.show_to_requester);
          return [findingOf(name, notes, shown.length, faults)];
        },
        { target: { desk }, load },
      );
      findings.push(...found);
    }
    return findings;
  },
};

function findingOf(name: string, notes: NoteAudit, shown: number, faults: string): Finding {
  const wrong = [...wrongNotes(notes), ...(shown === 0 ? [] : [`${shown} notes were visible to the requester`])];
  return noteFinding({ promise: 'each desk', on: name, figure: `${noteFigure(notes)}, over ${faults}`, wrong, notes });
}
