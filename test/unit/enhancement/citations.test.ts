import { describe, expect, it } from '@jest/globals';
import { citedSource, outcomeOf } from '../../../src/enhancement/citations.js';
import type { Excerpt } from '../../../src/enhancement/excerpt.js';
import { articleOf } from '../../support/tickets.js';

const excerpt = (id: string, title: string, quote: string): Excerpt => articleOf({ id, title, quote });
const article = excerpt(
  'vpn/rekey-interval',
  'Tunnels that end every hour',
  'Raise the rekey interval of the gateway to eight hours, then update the client from the Company Portal.',
);
const old = excerpt('ACM-17', 'VPN', 'Exchanged the cable.');
const ticket = { subject: 'VPN drops', description: 'The gateway drops the client every hour.' };

describe('a cited source', () => {
  it.each([
    ['named', 'As in ACM-17.'],
    ['named', 'see https://kb.acme.example/vpn/rekey-interval'],
    ['named', 'Followed “tunnels that end every hour”.'],
    ['resembled', 'Raised the rekey interval to eight hours.'],
    [
      'resembled',
      'Client update from the company portal, and the rekey interval raised. Two days without drops, user happy.',
    ],
    ['unrelated', 'As in ACM-170.'],
    ['unrelated', 'The client drops no more since the gateway was restarted every hour.'],
    ['unrelated', 'Replaced the power supply.'],
    ['unrelated', 'Done.'],
    ['unrelated', ''],
  ])('is %s by %j', (outcome, resolution) => {
    expect(outcomeOf({ ...ticket, resolution }, [article, old].map(citedSource))).toBe(outcome);
  });

  it('with a number as its id is named by the number behind a hash alone', () => {
    const cited = [citedSource(excerpt('4711', 'Cable', 'x'))];
    expect(outcomeOf({ ...ticket, resolution: 'Same as #4711.' }, cited)).toBe('named');
    expect(outcomeOf({ ...ticket, resolution: 'Called 4711.' }, cited)).toBe('unrelated');
  });

  it('is kept in few bytes, and compared in time in proportion to the texts', () => {
    const long = excerpt(
      'i'.repeat(10_000),
      't'.repeat(10_000),
      Array.from({ length: 5000 }, (_, i) => `w${i}`).join(' '),
    );
    expect(JSON.stringify(citedSource(long)).length).toBeLessThan(1500);
    expect(outcomeOf({ ...ticket, resolution: 'i'.repeat(1_000_000) }, [citedSource(long)])).toBe('unrelated');
  });
});
