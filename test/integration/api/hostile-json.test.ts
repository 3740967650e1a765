import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { apiOfFile } from '../../support/of-file.js';
import { blockedMs } from '../../support/blocked-loop.js';
import { hostileAnswers, textOf } from '../../support/hostile-answers.js';
import { serviceDeskSignature, standardWebhook, ticket } from '../../support/webhooks.js';

/** Whatever is sent, signed or not, gets an answer of 2xx or 4xx, and what was counted is what was answered. */

const own = apiOfFile();

async function post(
  body: string | Buffer,
  headers: Record<string, string> = {},
  route = '/webhook/servicedesk',
): Promise<number> {
  const response = await fetch(`${own.api.url}${route}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body,
  });
  await response.arrayBuffer();
  return response.status;
}

const signed = (body: string | Buffer) => post(body, serviceDeskSignature(body));

/** Up to where a ticket's own form ends. */
const openings = [
  '',
  '[',
  '{',
  '"',
  '{"tenant_id":"acme","x":[',
  '{"tenant_id":"acme","x":"',
  '{"tenant_id":"acme","ticket_id":"',
  '{"tenant_id":"acme","tags":[',
  '{"tenant_id":"acme","created_at":"',
  '{"tenant_id":"acme",',
  '{"tenant_id":"acme","ticket_id":"1","subject":"',
  '{"tenant_id":"acme","ticket_id":"1","description":"',
  '{"tenant_id":"acme","ticket_id":"1","description":"<br>',
  '{"tenant_id":"acme","ticket_id":"1","subject":"x","resolution":"<p>',
  '{"tenant_id":"acme","ticket_id":"1","subject":"x","priority":"',
];

it('no body up to its size bound, signed or not, holds up the loop for 50 ms', async () => {
  const routes = fc.constantFrom('/webhook/servicedesk', '/webhook/servicedesk/resolved-ticket');
  await fc.assert(
    fc.asyncProperty(hostileAnswers(openings), routes, fc.boolean(), async (hostile, route, isSigned) => {
      const body = Buffer.from(textOf(hostile, 1024 * 1024 - 10));
      const headers = isSigned ? serviceDeskSignature(body) : {};
      let status = 0;
      const longest = await blockedMs(50, async () => {
        status = await post(body, headers, route);
      });
      expect(longest).toBeLessThanOrEqual(50);
      expect([202, 400, 401, 422]).toContain(status);
    }),
    { numRuns: 60 },
  );
});

describe('the answer is never a 5xx', () => {
  it('to any JSON, rightly signed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue({ maxDepth: 6 }), async (value) => {
        expect([400, 401, 422]).toContain(await signed(JSON.stringify(value)));
      }),
      { numRuns: 150 },
    );
  });

  it('to a ticket with anything in one of its fields', async () => {
    const field = fc.constantFrom(
      'event',
      'tenant_id',
      'ticket_id',
      'subject',
      'description',
      'priority',
      'created_at',
      'correlation_id',
      '__proto__',
      'constructor',
      'toString',
    );
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.string({ unit: 'binary', maxLength: 600 }),
      fc.constantFrom(null, 'meta', '${jndi:x}', '<script>', "' OR 1=1 --", '\u0000', '\ud800', 'a\r\nb', 1e308, -0),
    );
    await fc.assert(
      fc.asyncProperty(field, value, async (name, content) => {
        // Written out by hand: `__proto__` as a key of JSON, which an object literal would not hold.
        const rest = JSON.stringify(ticket()).slice(1);
        const body = `{"${name}":${JSON.stringify(content)},${name in ticket() ? without(rest, name) : rest}`;
        expect([202, 401, 422]).toContain(await signed(body));
      }),
      { numRuns: 300 },
    );
  });

  it('to any bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        expect([400, 401, 422]).toContain(await signed(Buffer.from(bytes)));
      }),
      { numRuns: 150 },
    );
  });

  it('to any value of a header that it looks at', async () => {
    const header = fc.constantFrom(
      'content-type',
      'content-encoding',
      'x-correlation-id',
      'x-desk-token',
      'x-servicedesk-signature',
      'webhook-id',
      'webhook-timestamp',
      'webhook-signature',
      'accept',
      'x-http-method-override',
    );
    const visible = fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((c) => String.fromCharCode(c)) });
    await fc.assert(
      fc.asyncProperty(header, visible, async (name, value) => {
        // fetch refuses control characters itself.
        fc.pre(!/[\x7f-\x9f]/.test(value));
        const body = JSON.stringify(ticket());
        expect([202, 400, 401, 415]).toContain(await post(body, { ...standardWebhook(body), [name]: value }));
      }),
      { numRuns: 200 },
    );
  });

  it('to keys that are given twice: the last one counts, and the signature is over both', async () => {
    const rest = JSON.stringify(ticket()).slice(1);
    expect(await signed(`{"tenant_id":"globex",${rest}`)).toBe(202);
    expect(await signed(`${JSON.stringify(ticket()).slice(0, -1)},"tenant_id":"globex"}`)).toBe(401);
  });

  it('to brackets in a text, which are no nesting', async () => {
    expect(await signed(JSON.stringify(ticket({ description: '[{"\\'.repeat(100) })))).toBe(202);
  });

  it.each(['[]', '[{"tenant_id":"acme"}]', 'null', '"acme"', '7', ''])(
    'to JSON that is no object, which is malformed: %s',
    async (text) => {
      expect(await signed(text)).toBe(400);
    },
  );

  it('to what is huge in another way than its bytes', async () => {
    const wide = (values: number) =>
      JSON.stringify({ tenant_id: 'acme', x: Array.from({ length: values }, () => ({})) });
    const long = `{"tenant_id":"acme","${'k'.repeat(900_000)}":1}`;
    const number = `{"tenant_id":"acme","x":${'9'.repeat(900_000)}}`;
    for (const body of [wide(5000), long, number]) expect(await signed(body)).toBe(422);
    expect(await signed(wide(100_000))).toBe(400);
  });
});

it('counted is what was answered: each webhook once', () => {
  const answered = own.api.events.filter((event) => event.startsWith('POST /webhook/servicedesk '));
  const counted = own.api.events.filter((event) => /^(queued|duplicate|rejected) /.test(event));
  expect(counted).toHaveLength(answered.length);
  expect(answered.filter((event) => / 5\d\d$/.test(event))).toEqual([]);
  const labels = counted.map((event) => event.split(' ')[1]);
  expect(new Set(labels)).toEqual(new Set(['acme', 'globex', 'unknown']));
});

/** The rest of a ticket's JSON without one of its fields. */
function without(rest: string, name: string): string {
  const fields = JSON.parse(`{${rest}`) as Record<string, unknown>;
  delete fields[name];
  return JSON.stringify(fields).slice(1);
}
