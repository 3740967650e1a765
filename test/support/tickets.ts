import type { Excerpt, Ticket } from '../../src/enhancement/index.js';

/** A ticket as a job has it, and an article that is found for it. */

export const ticketOf = (own: Partial<Ticket> = {}): Ticket => ({
  tenantId: 'acme',
  ticketId: 'T1',
  subject: 'VPN drops',
  description: 'The tunnel drops.',
  priority: 'high',
  createdAt: '2026-11-23T10:00:00Z',
  ...own,
});

export const articleOf = (own: Partial<Excerpt> = {}): Excerpt => ({
  source: 'knowledge_base',
  id: 'vpn',
  title: 'VPN drops',
  quote: '',
  detail: '',
  background: '',
  score: 0.5,
  confidence: 'likely',
  ...own,
});
