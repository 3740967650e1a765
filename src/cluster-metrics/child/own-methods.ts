/**
 * Puts methods of ours on a client's object, and takes them off again.
 *
 * Must not know: what the methods do.
 */

/**
 * @param enumerable as the member was before: what lists an object's members sees no new ones
 * @returns gives the object back as it was, unless another method has been put there since
 */
export function putMethod<T extends object, K extends keyof T>(target: T, name: K, method: T[K]): () => void {
  const wasOwn = Object.hasOwn(target, name);
  const before = target[name];
  Object.defineProperty(target, name, { value: method, writable: true, configurable: true, enumerable: wasOwn });
  return () => {
    if (target[name] !== method) return;
    const loose: Partial<T> = target;
    if (wasOwn) target[name] = before;
    else delete loose[name];
  };
}

/**
 * Calls back when a constructor assigns a member: it has registered its metric before it is done with it.
 *
 * @returns stops waiting
 */
export function onAssigned(target: object, name: string, assigned: (value: unknown) => void): () => void {
  let waiting = true;
  Object.defineProperty(target, name, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: unknown) {
      waiting = false;
      Object.defineProperty(target, name, { value, writable: true, configurable: true, enumerable: true });
      assigned(value);
    },
  });
  return () => {
    const loose: Partial<Record<string, unknown>> = Object(target);
    if (waiting) delete loose[name];
  };
}
