/** Calls follow one another: each begins when the one before has settled, however it did. */
export function oneAtATime<A extends unknown[], R>(work: (...given: A) => Promise<R>): (...given: A) => Promise<R> {
  let turn: Promise<unknown> = Promise.resolve();
  return (...given) => {
    const mine = turn.catch(() => undefined).then(() => work(...given));
    turn = mine;
    return mine;
  };
}
