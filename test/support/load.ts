import { Agent, request } from 'node:http';
import { z } from 'zod';
import { serviceDeskSignature, ticket } from './webhooks.js';

/** Clients that keep their connections and send signed tickets one after another, and what they were told. */
export interface Load {
  /** How often each status code came, or the message of an error where no answer did. */
  readonly answers: ReadonlyMap<number | string, number>;
  /** Ticket ids of those that were accepted. */
  readonly accepted: readonly string[];
  /** Lets each client finish its request. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  /** Addresses; the clients are spread over them. */
  readonly webhooks: readonly string[];
  readonly clients: number;
  readonly tenantId?: string;
}

const idSchema = z.object({ ticket_id: z.string() });

/** One request on a kept connection, with less work than `fetch`. @returns the status code, or the message of an error */
export function postOn(webhooks: string, agent: Agent, body: string, secret: string): Promise<number | string> {
  return new Promise((resolve) => {
    const headers = { 'content-type': 'application/json', ...serviceDeskSignature(body, secret) };
    request(`${webhooks}/webhook/servicedesk`, { method: 'POST', agent, headers }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode ?? 0));
    })
      .on('error', (error) => resolve(error.message))
      .end(body);
  });
}

export function startLoad({ webhooks, clients, tenantId = 'acme' }: LoadOptions): Load {
  const agent = new Agent({ keepAlive: true });
  const answers = new Map<number | string, number>();
  const accepted: string[] = [];
  let running = true;
  const client = async (address: string): Promise<void> => {
    while (running) {
      const fields = ticket({ tenant_id: tenantId });
      const answer = await postOn(address, agent, JSON.stringify(fields), `demo-secret-${tenantId}`);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
      if (answer === 202) accepted.push(idSchema.parse(fields).ticket_id);
    }
  };
  const ended = Promise.all(
    Array.from({ length: clients }, (_, i) => {
      const address = webhooks[i % webhooks.length];
      if (address === undefined) throw new Error('no address to send to');
      return client(address);
    }),
  );
  return {
    answers,
    accepted,
    async stop() {
      running = false;
      await ended;
      agent.destroy();
    },
  };
}
