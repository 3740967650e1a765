import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { serviceDeskSignature, ticket } from '../test/support/webhooks.js';
import { acceptedBy, keepAliveAgent, type Outcome, send } from './http-client.js';
import type { Ledger } from './ledger.js';
import type { Target } from './target.js';
import { deskTenant, tenantIds, tenantSecret } from './tenants.js';

export interface LoadOptions {
  /** Asked for each request where its service is, which may be elsewhere after a restart. */
  readonly target: Pick<Target, 'service'>;
  readonly ledger: Ledger;
  /** Each with one connection, which it keeps. */
  readonly clients: number;
  /** Of all clients together; without it each sends as soon as it has its answer. */
  readonly perSecond?: number;
  /** Names this load: ticket ids begin with it, so that the same seed gives the same ids. */
  readonly name: string;
  readonly tenants?: readonly string[];
  /** Default: the name and the number. */
  readonly ticketId?: (number: number) => string;
  /** Default: the service's own webhook. */
  readonly delivery?: (tenantId: string, ticketId: string) => SentDelivery;
  readonly patienceMs?: number;
  readonly onOutcome?: (outcome: Outcome) => void;
}

export interface Load {
  /** Opens no more deliveries, and resolves when all that were opened have been accepted. */
  stop(): Promise<void>;
}

/** What is sent of one delivery, each time that it is tried. */
export interface SentDelivery {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

function serviceDeskDelivery(tenantId: string, ticketId: string): SentDelivery {
  const description = `The VPN connection drops about once an hour. (${ticketId})`;
  const body = JSON.stringify(ticket({ tenant_id: tenantId, ticket_id: ticketId, description }));
  const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body, tenantSecret) };
  return { path: '/webhook/servicedesk', headers, body };
}

function sendOnce(webhooks: string, agent: Agent, { path, ...sent }: SentDelivery, patienceMs: number) {
  return send(`${webhooks}${path}`, agent, { method: 'POST', ...sent, patienceMs });
}

/** One try at one delivery. */
export function sendTicket(webhooks: string, agent: Agent, tenantId: string, ticketId: string, patienceMs = 8000) {
  return sendOnce(webhooks, agent, serviceDeskDelivery(tenantId, ticketId), patienceMs);
}

/** One delivery of a service that is well. @throws Error when it is not accepted */
export async function deliverOne(webhooks: string, ticketId: string, tenantId: string = deskTenant): Promise<string> {
  const agent = keepAliveAgent();
  const outcome = await sendTicket(webhooks, agent, tenantId, ticketId);
  agent.destroy();
  const accepted = acceptedBy(outcome);
  if (accepted === undefined) throw new Error(`a webhook was not accepted: ${JSON.stringify(outcome)}`);
  return accepted.jobId;
}

/** Between two tries at one delivery, milliseconds: a desk that waits longer shows nothing else. */
const againMs = 50;

/** One delivery, again and again, as long as the service is too busy for it. */
export async function deliverUntilAccepted(webhooks: string, ticketId: string): Promise<string> {
  const agent = keepAliveAgent();
  try {
    for (;;) {
      const accepted = acceptedBy(await sendTicket(webhooks, agent, deskTenant, ticketId));
      if (accepted !== undefined) return accepted.jobId;
      await sleep(againMs);
    }
  } finally {
    agent.destroy();
  }
}

/**
 * Desks: each delivers ticket after ticket, each again and again until it is accepted. Signed without a timestamp, so
 * that a service whose clock has jumped still takes them.
 */
export function startLoad(options: LoadOptions): Load {
  const { target, ledger, clients, perSecond, name, tenants = tenantIds, patienceMs = 8000 } = options;
  let stopping = false;
  let next = 0;
  const startMs = performance.now();

  async function deliver(agent: Agent, number: number): Promise<void> {
    const tenantId = tenants[number % tenants.length] ?? '';
    const ticketId = options.ticketId?.(number) ?? `${name}-${number}`;
    const sent = (options.delivery ?? serviceDeskDelivery)(tenantId, ticketId);
    const delivery = ledger.open(tenantId, ticketId);
    for (;;) {
      const outcome = await sendOnce(target.service.webhooks, agent, sent, patienceMs);
      ledger.note(delivery, outcome);
      options.onOutcome?.(outcome);
      if (acceptedBy(outcome) !== undefined) return;
      await sleep(againMs);
    }
  }

  async function client(): Promise<void> {
    const agent = keepAliveAgent();
    while (!stopping) {
      const number = next++;
      if (perSecond !== undefined) {
        const dueMs = startMs + (number / perSecond) * 1000 - performance.now();
        if (dueMs > 0) await sleep(dueMs);
        if (stopping) break;
      }
      await deliver(agent, number);
    }
    agent.destroy();
  }

  const all = Promise.all(Array.from({ length: clients }, client));
  return {
    async stop() {
      stopping = true;
      await all;
    },
  };
}
