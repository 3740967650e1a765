import { describe, expect, it } from '@jest/globals';
import { withBreaker } from '../../../src/connectors/index.js';
import {
  type Desk,
  EnhancementError,
  type EnhancementErrorCode,
  type NoteToPost,
  toEnhancementError,
} from '../../../src/enhancement/index.js';
import { until } from '../../support/service.js';
import { ticketJob } from '../../support/worker.js';

const note: NoteToPost = {
  marker: 'm',
  correlationId: 'c',
  mode: 'extractive',
  html: '',
  text: '',
  citations: [],
  wiki: '',
};
const { signal } = new AbortController();

/** A desk that answers each request as it is told to, and counts what reaches it. */
function deskThat(...answers: (EnhancementErrorCode | 'works')[]) {
  return deskThatAsks(undefined, ...answers);
}

/** @param retryAfterMs the pause that it asks for */
function deskThatAsks(retryAfterMs: number | undefined, ...answers: (EnhancementErrorCode | 'works')[]) {
  let asked = 0;
  const answer = async (): Promise<void> => {
    const said = answers[asked++] ?? 'works';
    if (said !== 'works') throw new EnhancementError(said, `${said} ${asked}`, { retryAfterMs });
  };
  const desk: Desk = {
    longestExchangeMs: 5,
    settleMs: 7,
    hasNote: async () => (await answer(), false),
    addNote: () =>
      answer().then(
        () => ({ kind: 'added' }),
        (error: unknown) => ({ kind: 'unknown', error: toEnhancementError(error, 'UNEXPECTED', '') }),
      ),
  };
  return { desk, asked: () => asked };
}

async function codeOf(task: Promise<unknown>): Promise<string> {
  return task.then(
    () => 'works',
    (error: unknown) => (error instanceof EnhancementError ? error.code : String(error)),
  );
}

const add = (desk: Desk) => desk.addNote(ticketJob(), note, Number.POSITIVE_INFINITY, signal);

const down = (times: number): EnhancementErrorCode[] => Array.from({ length: times }, () => 'DESK_UNAVAILABLE');

describe('a desk that keeps failing', () => {
  it('gets no request of any kind while its breaker is open, and the errors state for how long', async () => {
    const { desk, asked } = deskThat(...down(3));
    const guarded = withBreaker(desk, { threshold: 3, openMs: 60_000 });
    expect(guarded).toMatchObject({ longestExchangeMs: 5, settleMs: 7 });
    expect(guarded.openForMs()).toBe(0);
    await codeOf(guarded.hasNote(ticketJob(), 'm', signal));
    expect(await add(guarded)).toMatchObject({ kind: 'unknown', error: { code: 'DESK_UNAVAILABLE' } });
    expect(guarded.openForMs()).toBe(0);
    await codeOf(guarded.hasNote(ticketJob(), 'm', signal));
    expect(guarded.openForMs()).toBeGreaterThan(50_000);
    // In the words of the failure that opened it.
    const refused = { code: 'DESK_UNAVAILABLE', message: 'DESK_UNAVAILABLE 3', deferMs: expect.any(Number) };
    await expect(guarded.hasNote(ticketJob(), 'm', signal)).rejects.toMatchObject(refused);
    expect(await add(guarded)).toMatchObject({ kind: 'not-added', error: refused });
    expect(guarded.blocked()).toMatchObject(refused);
    expect(asked()).toBe(3);
  });

  it('is not one that refuses what it is asked', async () => {
    const refusals: EnhancementErrorCode[] = ['DESK_REJECTED', 'DESK_CONFLICT', 'DESK_CONFLICT', 'DESK_REFUSED'];
    const { desk, asked } = deskThat(...refusals);
    const guarded = withBreaker(desk, { threshold: 2 });
    for (const code of refusals) expect(await codeOf(guarded.hasNote(ticketJob(), 'm', signal))).toBe(code);
    expect(asked()).toBe(refusals.length);
    expect(guarded.openForMs()).toBe(0);
  });

  it('is not one that was sent nothing, because this process held the request up', async () => {
    const { desk } = deskThat('NOTE_NOT_SENT', 'NOTE_NOT_SENT');
    const guarded = withBreaker(desk, { threshold: 2 });
    for (let i = 0; i < 2; i++) expect(await add(guarded)).toMatchObject({ error: { code: 'NOTE_NOT_SENT' } });
    expect(guarded.openForMs()).toBe(0);
  });

  it('is not one that works in between', async () => {
    const { desk, asked } = deskThat('DESK_UNAVAILABLE', 'works', 'DESK_UNAVAILABLE', 'works');
    const guarded = withBreaker(desk, { threshold: 2 });
    for (let i = 0; i < 4; i++) await codeOf(guarded.hasNote(ticketJob(), 'm', signal));
    expect(asked()).toBe(4);
    expect(guarded.openForMs()).toBe(0);
  });

  it.each([
    ['works again, closes it', 'works' as const],
    ['does not work, opens it again', 'DESK_UNAVAILABLE' as const],
  ])('gets one probe when the breaker is half-open, and if it %s', async (_what, then) => {
    const { desk, asked } = deskThat(...down(2), then);
    const guarded = withBreaker(desk, { threshold: 2, openMs: 40 });
    for (let i = 0; i < 2; i++) await codeOf(guarded.hasNote(ticketJob(), 'm', signal));
    await until('it is half-open', () => guarded.openForMs() === 0);
    let code = '';
    // The breaker's clock is another one than ours, and may be a millisecond behind.
    while (asked() === 2) code = await codeOf(guarded.hasNote(ticketJob(), 'm', signal));
    expect(code).toBe(then);
    expect(asked()).toBe(3);
    expect(guarded.openForMs() > 0).toBe(then !== 'works');
  });
});

describe('a desk that throttles or refuses the credential', () => {
  const read = (desk: Pick<Desk, 'hasNote'>) => codeOf(desk.hasNote(ticketJob(), 'm', signal));
  const write = async (desk: Desk): Promise<string> => {
    const outcome = await add(desk);
    return outcome.kind === 'added' ? 'works' : outcome.error.code;
  };

  it('gets no request for as long as it asked for', async () => {
    const { desk, asked } = deskThatAsks(60_000, 'DESK_RATE_LIMITED');
    const guarded = withBreaker(desk, { openMs: 10 });
    expect(await read(guarded)).toBe('DESK_RATE_LIMITED');
    expect(guarded.openForMs()).toBeGreaterThan(59_000);
    expect(await read(guarded)).toBe('DESK_RATE_LIMITED');
    expect(asked()).toBe(1);
  });

  it('gets one probe of all jobs when the breaker is half-open', async () => {
    const { desk, asked } = deskThat('DESK_UNAUTHORIZED', 'DESK_UNAUTHORIZED');
    const guarded = withBreaker(desk, { credentialOpenMs: 60_000, openMs: 10 });
    await Promise.all(Array.from({ length: 8 }, () => read(guarded).then(() => undefined)));
    const first = asked();
    for (let i = 0; i < 8; i++) expect(await read(guarded)).toBe('DESK_UNAUTHORIZED');
    expect(asked()).toBe(first);
  });

  it('is asked about other tickets when it forbids one, and not when it forbids several in a row', async () => {
    const forbidden = Array.from({ length: 5 }, () => 'DESK_FORBIDDEN' as const);
    const { desk, asked } = deskThat('DESK_FORBIDDEN', 'works', ...forbidden, 'works');
    const guarded = withBreaker(desk, { credentialOpenMs: 60_000, openMs: 60_000 });
    for (const expected of ['DESK_FORBIDDEN', 'works', ...forbidden]) expect(await read(guarded)).toBe(expected);
    expect(await read(guarded)).toBe('DESK_FORBIDDEN');
    expect(asked()).toBe(7);
  });

  it('is not asked sooner because a request works that began before', async () => {
    const answers: ((error?: EnhancementError) => void)[] = [];
    const request = () =>
      new Promise<void>((resolve, reject) => answers.push((error) => (error ? reject(error) : resolve())));
    const desk: Desk = {
      longestExchangeMs: 0,
      settleMs: 0,
      hasNote: async () => (await request(), false),
      addNote: async () => (await request(), { kind: 'added' }),
    };
    const guarded = withBreaker(desk);
    const requests = [read(guarded), read(guarded)];
    answers[0]?.(new EnhancementError('DESK_RATE_LIMITED', 'enough', { retryAfterMs: 60_000 }));
    await requests[0];
    answers[1]?.();
    await requests[1];
    expect(guarded.openForMs()).toBeGreaterThan(50_000);
  });

  it('says that it works again once the kind of request does that had failed', async () => {
    const recovered: string[] = [];
    const { desk } = deskThat('works', 'DESK_UNAUTHORIZED', 'works', 'works');
    const guarded = withBreaker(desk, { credentialOpenMs: 1, openMs: 1, onRecovered: () => recovered.push('now') });
    await read(guarded);
    expect(await write(guarded)).toBe('DESK_UNAUTHORIZED');
    await until('it is half-open', () => guarded.openForMs() === 0);
    while ((await read(guarded)) !== 'works');
    expect(recovered).toEqual([]); // a token that may read need not write
    expect(await write(guarded)).toBe('works');
    expect(recovered).toEqual(['now']);
    expect(await write(guarded)).toBe('works');
    expect(recovered).toEqual(['now']);
  });
});
