import { desksUnderTest } from '../../test/support/desks/index.js';
import { type DeskUnderTest, webhookOf } from '../../test/support/desks/protocol.js';
import { type NoteAudit, noteFigure, wrongNotes } from '../audit.js';
import type { Drill } from '../drill.js';
import { endure } from '../endure.js';
import type { FaultName } from '../faults.js';
import type { SentDelivery } from '../load.js';
import { exactly, type Finding } from '../promises.js';
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
  what: 'workers and desks break at random, desk by desk, each with its own webhooks and protocol',
  async run(context) {
    const all = Object.entries(desksUnderTest);
    const seen: { readonly name: string; readonly notes: NoteAudit; readonly shown: number }[] = [];
    for (const [name, desk] of all) {
      context.say(name);
      const share = { ...context, minutes: context.minutes / all.length };
      const load = {
        clients: 12,
        perSecond: 20,
        name,
        patienceMs: 20_000,
        tenants: [deskTenant],
        ticketId: (number: number) => String(firstTicket + number),
        delivery: (_tenantId: string, ticketId: string) => deliveryOf(desk, ticketId),
      };
      await endure(
        between,
        share,
        { CHILD_HUNG_MS: '30000' },
        async ({ notes, target, ledger }) => {
          const ids = ledger.deliveries.map(({ ticketId }) => ticketId);
          const shown = ids.flatMap((id) => target.desk.notes(id)).filter((note) => note.show_to_requester);
          seen.push({ name, notes, shown: shown.length });
          return [];
        },
        { target: { desk }, load },
      );
    }
    return [findingOf(seen)];
  },
};

function findingOf(seen: readonly { name: string; notes: NoteAudit; shown: number }[]): Finding {
  const wrong = seen.flatMap(({ name, notes, shown }) => [
    ...wrongNotes(notes).map((what) => `${name}: ${what}`),
    ...(shown === 0 ? [] : [`${name}: ${shown} notes were visible to the requester`]),
  ]);
  return {
    promise: 'each desk',
    figure: seen.map(({ name, notes }) => `${name}: ${noteFigure(notes)}`).join('; '),
    verdict: exactly(wrong.length === 0),
    details: wrong,
    evidence: seen.flatMap(({ notes }) => notes.evidence),
  };
}
