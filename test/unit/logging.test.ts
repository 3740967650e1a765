import { expect, it } from '@jest/globals';
import { createLogger } from '../../src/logging/logger.js';
import { scrub } from '../../src/logging/scrub.js';

function logged(write: (log: ReturnType<typeof createLogger>) => void): Record<string, unknown>[] {
  const lines: string[] = [];
  const destination = { write: (line: string) => void lines.push(line) };
  write(createLogger({ level: 'debug', role: 'worker', slot: 1, destination }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('writes JSON lines with role and slot', () => {
  const [line] = logged((log) => log.info({ tenant_id: 'acme', correlation_id: 'c' }, 'queued'));
  expect(line).toMatchObject({
    level: 'info',
    role: 'worker',
    slot: 1,
    tenant_id: 'acme',
    correlation_id: 'c',
    msg: 'queued',
  });
});

it.each([
  [{ token: 'canary' }],
  [{ tenant: { credential: 'canary' } }],
  [{ req: { headers: { authorization: 'canary', 'x-desk-token': 'canary', 'webhook-signature': 'canary' } } }],
  [{ ticket: { subject: 'canary', description: 'canary' } }],
  [
    {
      err: new Error('answer of kim.canary@example.com: Bearer canary.abc', {
        cause: new Error('sha256=canary0123456789abcdef'),
      }),
    },
  ],
])('takes out what must not be logged: %#', (fields) => {
  const text = JSON.stringify(logged((log) => log.warn(fields, 'mail from kim.canary@example.com')));
  expect(text).not.toContain('canary');
});

it.each([
  ['to kim@mail.example.com now', 'to [email] now'],
  ['Authorization: Bearer abc.def-1', 'Authorization: Bearer [redacted]'],
  ['Zoho-oauthtoken 1000.abc', 'Zoho-oauthtoken [redacted]'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[redacted]'],
  ['redis://user:pass@host:6379', 'redis://[redacted]@host:6379'],
  ['sk-abcdefghijkl', '[redacted]'],
  ['nothing to see: job d1234, 12:30', 'nothing to see: job d1234, 12:30'],
])('scrubs %s', (text, clean) => {
  expect(scrub(text)).toBe(clean);
});
