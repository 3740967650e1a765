import { describe, expect, it } from '@jest/globals';
import { withBreaker } from '../../src/connectors/index.js';
import {
  type Desk,
  EnhancementError,
  type EnhancementErrorCode,
  type NoteToPost,
} from '../../src/enhancement/index.js';
import { until } from '../support/service.js';
import { ticketJob } from '../support/worker.js';

const note: NoteToPost = { marker: 'm', correlationId: 'c', mode: 'extractive', html: '', text: '', citations: [] };
const { signal } = new AbortController();

/** A desk that answers each request as it is told to, and counts what reaches it. */
function deskThat(...answers: (EnhancementErrorCode | 'works')[]) {
  let asked = 0;
  const answer = async (): Promise<void> => {
    const said = answers[asked++] ?? 'works';
    if (said !== 'works') throw new EnhancementError(said, said);
  };
  const desk: Desk = { settleMs: 7, hasNote: async () => (await answer(), false), addNote: answer };
  return { desk, asked: () => asked };
}

async function codeOf(task: Promise<unknown>): Promise<string> {
  return task.then(
    () => 'works',
    (error: unknown) => (error instanceof EnhancementError ? error.code : String(error)),
  );
}

const down = (times: number): EnhancementErrorCode[] => Array.from({ length: times }, () => 'DESK_UNAVAILABLE');

describe('a desk that keeps failing', () => {
  it('is left alone, whichever way it is asked, and says for how long', async () => {
    const { desk, asked } = deskThat(...down(3));
    const resting = withBreaker(desk, { threshold: 3, restMs: 60_000 });
    expect(resting.settleMs).toBe(7);
    expect(resting.restsForMs()).toBe(0);
    await codeOf(resting.hasNote(ticketJob(), 'm', signal));
    await codeOf(resting.addNote(ticketJob(), note, 1000, signal));
    expect(resting.restsForMs()).toBe(0);
    await codeOf(resting.hasNote(ticketJob(), 'm', signal));
    expect(resting.restsForMs()).toBeGreaterThan(50_000);
    expect(await codeOf(resting.hasNote(ticketJob(), 'm', signal))).toBe('DESK_RESTING');
    expect(await codeOf(resting.addNote(ticketJob(), note, 1000, signal))).toBe('DESK_RESTING');
    expect(asked()).toBe(3);
  });

  it('is not one that refuses what it is asked', async () => {
    const refusals: EnhancementErrorCode[] = [
      'DESK_REJECTED',
      'DESK_UNAUTHORIZED',
      'DESK_RATE_LIMITED',
      'DESK_ANSWER_INVALID',
      'DESK_ADDRESS_FORBIDDEN',
    ];
    const { desk, asked } = deskThat(...refusals);
    const resting = withBreaker(desk, { threshold: 2 });
    for (const code of refusals) expect(await codeOf(resting.hasNote(ticketJob(), 'm', signal))).toBe(code);
    expect(asked()).toBe(refusals.length);
    expect(resting.restsForMs()).toBe(0);
  });

  it('is not one that works in between', async () => {
    const { desk, asked } = deskThat('DESK_UNAVAILABLE', 'works', 'DESK_UNAVAILABLE', 'works');
    const resting = withBreaker(desk, { threshold: 2 });
    for (let i = 0; i < 4; i++) await codeOf(resting.hasNote(ticketJob(), 'm', signal));
    expect(asked()).toBe(4);
    expect(resting.restsForMs()).toBe(0);
  });

  it.each([
    ['works again', 'works' as const],
    ['does not, is left alone anew', 'DESK_UNAVAILABLE' as const],
  ])('is asked once after its rest, and if it %s', async (_what, then) => {
    const { desk, asked } = deskThat(...down(2), then);
    const resting = withBreaker(desk, { threshold: 2, restMs: 40 });
    for (let i = 0; i < 2; i++) await codeOf(resting.hasNote(ticketJob(), 'm', signal));
    await until('it has rested', () => resting.restsForMs() === 0);
    let code = 'DESK_RESTING';
    // The breaker's clock is another one than ours, and may be a millisecond behind.
    while (code === 'DESK_RESTING') code = await codeOf(resting.hasNote(ticketJob(), 'm', signal));
    expect(code).toBe(then);
    expect(asked()).toBe(3);
    expect(resting.restsForMs() > 0).toBe(then !== 'works');
  });
});
