/**
 * Calls a program's `onError`.
 *
 * Must not know: which errors there are.
 */

/** @returns never throws: what the program's listener throws is emitted as a warning */
export function toErrorListener(onError: ((error: unknown) => void) | undefined): (error: unknown) => void {
  return (error) => {
    try {
      onError?.(error);
    } catch (thrown) {
      const message = `The onError function of cluster-metrics threw ${String(thrown)}, when it was told of ${String(error)}`;
      process.emitWarning(message, { type: 'ClusterMetricsWarning', code: 'ON_ERROR_THREW' });
    }
  };
}
