/**
 * State that a process has once, however many copies of this library it loads: as ECMAScript and as CommonJS module, or as
 * dependencies of several packages.
 *
 * Must not know: what is shared.
 */
const key = Symbol.for('@ticket-enhancer/cluster-metrics');

/** @param name of the state, with a number that changes when its type does */
export function sharedByCopies<T>(name: string, create: () => T): T {
  const holder = globalThis as typeof globalThis & { [key]?: Map<string, unknown> };
  const states = (holder[key] ??= new Map());
  if (!states.has(name)) states.set(name, create());
  // Only calls with this name and type put it there.
  return states.get(name) as T;
}
