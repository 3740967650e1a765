import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { ConfigError } from '../../../src/config/config-error.js';
import { messageOf, presentable } from '../../../src/logging/describe-error.js';
import { neverShow } from '../../../src/logging/known-secrets.js';
import { createLogger } from '../../../src/logging/logger.js';
import { scrub } from '../../../src/logging/scrub.js';

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

it('logs the stack of an error, except of mistakes in the input that its author has to correct', () => {
  const [defect, mistake] = logged((log) => {
    log.error({ err: new Error('of ours') });
    log.error({ err: new ConfigError(['HTTP_PORT is wrong.']) });
  });
  expect(defect?.['err']).toHaveProperty('stack');
  expect(mistake?.['err']).not.toHaveProperty('stack');
  expect(mistake).toMatchObject({ err: { message: expect.stringContaining('HTTP_PORT is wrong.') } });
});

it.each([
  [{ token: 'canary' }],
  [{ tenant: { credential: 'canary' } }],
  [{ req: { headers: { authorization: 'canary', 'x-desk-token': 'canary', 'webhook-signature': 'canary' } } }],
  [{ ticket: { subject: 'canary', description: 'canary' } }],
  [{ config: { llmApiKey: 'canary', metricsBearerToken: 'canary', list: [{ password: 'canary' }] } }],
  [{ error: new Error('kim.canary@example.com') }],
  [{ bytes: Buffer.from('canary') }],
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

it('takes it out of errors without a message, arguments and the fields of a child logger too', () => {
  const text = JSON.stringify(
    logged((log) => {
      log.error(new Error('kim.canary@example.com'));
      log.warn({ err: new Error('kim.canary@example.com') });
      log.info('of %s %o', 'kim.canary@example.com', { token: 'canary' });
      const child = log.child({ token: 'canary', sender: 'kim.canary@example.com' });
      child.info('from a child');
      child.child({ secret: 'canary' }).info('from its child');
    }),
  );
  expect(text).not.toContain('canary');
  expect(text).toContain('from its child');
});

it('keeps counts and times', () => {
  const [line] = logged((log) => log.info({ prompt_tokens: 12, at: new Date(0) }, 'used'));
  expect(line).toMatchObject({ prompt_tokens: 12, at: '1970-01-01T00:00:00.000Z' });
});

it.each([
  ['to kim@mail.example.com now', 'to [email] now'],
  ['Authorization: Bearer abc.def-1', 'Authorization: Bearer [redacted]'],
  ['Zoho-oauthtoken 1000.abc', 'Zoho-oauthtoken [redacted]'],
  ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw', '[redacted]'],
  ['redis://user:pass@host:6379', 'redis://[redacted]@host:6379'],
  ['sk-abcdefghijkl', '[redacted]'],
  ['für jürgen.müller@münchen.example da', 'für [email] da'],
  ['GET /notes?authtoken=0A1B&x=1', 'GET /notes?authtoken=[redacted]&x=1'],
  ['{"api_key":"0A1B","a":1}', '{"api_key":"[redacted]","a":1}'],
  ['eyJhbGciOiJI.eyJzdWIi.c2ln', '[redacted]'],
  ['\u001b[2Jgone \u009b31m red \u202Edeh \r over \u0000', '\uFFFD[2Jgone \uFFFD31m red \uFFFDdeh \uFFFD over \uFFFD'],
  ['a stack\n\tat here', 'a stack\n\tat here'],
  ['nothing to see: job d1234, 12:30', 'nothing to see: job d1234, 12:30'],
])('scrubs %s', (text, clean) => {
  expect(scrub(text)).toBe(clean);
});

it('takes time proportional to a text of any author', () => {
  const start = performance.now();
  for (const unit of ['a', 'a@', '@a.', 'sk-a-', 'eyJa-', '//a:', 'Bearer ', 'token ', 'whsec_', 'v1,', '-a', 'é']) {
    const clean = presentable(`${unit.repeat(200_000)}=@`);
    expect(clean.length).toBeLessThan(50_000);
  }
  // A pattern that goes back to try again needed 51 s for one of these.
  expect(performance.now() - start).toBeLessThan(2000);
});

it('takes the configured secrets out of errors, whatever they look like and whatever stands around them', () => {
  neverShow(['plainword', 'plainword-and-more', 'with $1 (regex) [signs]', 'short', undefined]);
  expect(presentable('aplainwordb, plainword-and-more, with $1 (regex) [signs]; short')).toBe(
    'a[redacted]b, [redacted], [redacted]; short',
  );
  const text = JSON.stringify(
    logged((log) =>
      log.error({ err: new Error('plainword', { cause: new Error('of plainword-and-more') }) }, 'failed'),
    ),
  );
  expect(text).not.toContain('plainword');
});

it.each([
  ['kim@acme.example/token:sunflowers:42', 'sunflowers:42'],
  ['ApiKey tulipbulbs7', 'tulipbulbs7'],
  ['svc desk:Geheim99x', 'Geheim99x'],
])('takes the second part alone of %j out of errors', (secret, part) => {
  neverShow([secret]);
  expect(presentable(`the key ${part} has expired`)).toBe('the key [redacted] has expired');
});

it('keeps a word that is the second part of a credential', () => {
  neverShow(['elastic:elasticsearch']);
  expect(presentable('elasticsearch is down, says elastic:elasticsearch')).toBe(
    'elasticsearch is down, says [redacted]',
  );
});

it('takes the configured secrets out of everything else that is logged, too', () => {
  neverShow(['plainword']);
  const why = 'Redis said: plainword';
  const lines = logged((log) => {
    log.warn({ why, nested: [{ why }] }, `failed: ${why}`);
    log.child({ why }).warn(why);
  });
  expect(lines).toHaveLength(2);
  expect(JSON.stringify(lines)).not.toContain('plainword');
});

it.each(['The customer wrote this', '{"a":CANARY}', `${'['.repeat(80)}CANARY${' x'.repeat(80)}`, '{"subject":"CANARY'])(
  'does not quote JSON that could not be read: %s',
  (json) => {
    let error: unknown;
    try {
      JSON.parse(json);
    } catch (thrown) {
      error = thrown;
    }
    const [line] = logged((log) => log.warn({ err: new Error('no answer', { cause: error }) }, 'failed'));
    expect(JSON.stringify(line)).toContain('JSON');
    expect(JSON.stringify(line)).not.toMatch(/CANARY|customer/);
  },
);

it('tells the first issues of a validation error, and how many more there are', () => {
  const wrong = z.array(z.string()).safeParse(Array.from({ length: 20_000 }, () => 1)).error;
  const [line] = logged((log) => log.warn({ err: new Error('no answer', { cause: wrong }) }, 'failed'));
  const told = /^0: .*; 1: .*; 2: .*; and 19997 more$/;
  expect(line).toMatchObject({ err: { cause: { message: expect.stringMatching(told) } } });
  const [thrown] = logged((log) => log.error(wrong));
  expect(JSON.stringify(thrown).length).toBeLessThan(5000);
});

it.each([
  ['an e-mail address', 'kim.canary@mail.example.com', /canary|mail\.example/],
  ['a password in an address', 'redis://user:canary-canary-canary@host:6379', /canary/],
  ['a token', `eyJ${'canary'.repeat(5)}.${'canary'.repeat(5)}.canary`, /canary/],
  ['a configured secret', 'canaryword', /canar/],
  ['a configured secret of several words', 'canary of several words', /canar|severa/],
])('does not let %s escape by cutting it in the middle', (_, secret, part) => {
  neverShow(['canaryword', 'canary of several words']);
  fc.assert(
    fc.property(fc.integer({ min: 8100, max: 8200 }), fc.constantFrom('x ', 'é\n', '"canary": '), (length, filling) => {
      const before = filling.replace('canary', 'field').repeat(5000).slice(0, length);
      const text = `${before} ${secret} ${'and more '.repeat(50)}`;
      expect(presentable(text)).not.toMatch(part);
      expect(JSON.stringify(logged((log) => log.warn({ err: new Error(text) }, 'failed')))).not.toMatch(part);
    }),
    { numRuns: 40 },
  );
});

it('says how long a text was that is cut', () => {
  const text = 'word '.repeat(1800);
  const [line] = logged((log) => log.warn({ text, err: new Error(text) }, text));
  const told = expect.stringMatching(/word … \(9000 characters\)$/);
  expect(line).toMatchObject({ text: told, msg: told, err: { message: told } });
});

it('says of a host with several addresses, none of which can be reached, what happened to each', () => {
  const [first, second] = ['connect ECONNREFUSED ::1:6379', 'connect ECONNREFUSED 127.0.0.1:6379'];
  expect(messageOf(new AggregateError([new Error(first), new Error(second)]))).toBe(`${first}, ${second}`);
  expect(messageOf(new AggregateError([], 'of its own'))).toBe('of its own');
});

it('cuts lists and objects that are longer than anything that is logged on purpose', () => {
  const many = Array.from({ length: 1000 }, (_, i) => i);
  const [line] = logged((log) => log.info({ many, fields: Object.fromEntries(many.map((i) => [`f${i}`, i])) }, 'x'));
  expect(line?.['many']).toHaveLength(101);
  expect(Object.keys(line?.['fields'] ?? {})).toHaveLength(100);
});

it.each([
  'self-signed certificate',
  'self-signed certificate in certificate chain; if the root CA is installed locally, try running Node.js with --use-system-ca',
  'unable to verify the first certificate',
  'unable to get local issuer certificate',
])('says how an authority of one’s own is trusted: %s', (message) => {
  const advised = messageOf(new Error(message));
  expect(advised).toBe(`${message.split(';')[0]} (NODE_EXTRA_CA_CERTS names the file of an authority of your own)`);
  expect(messageOf(new Error(advised))).toBe(advised);
});
