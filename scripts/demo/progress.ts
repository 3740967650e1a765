const width = 30;

/** A bar on a terminal; elsewhere a line at each quarter. */
export function createProgress(total: number): { step(done: number, text: string): void; end(): void } {
  let quarter = 0;
  return {
    step(done, text) {
      if (process.stdout.isTTY) {
        const filled = Math.round((done / total) * width);
        process.stdout.write(`\r[${'#'.repeat(filled)}${'.'.repeat(width - filled)}] ${done}/${total} ${text}\u001b[K`);
      } else if (Math.floor((4 * done) / total) > quarter) {
        quarter = Math.floor((4 * done) / total);
        console.log(`${done}/${total} ${text}`);
      }
    },
    end() {
      if (process.stdout.isTTY) process.stdout.write('\n');
    },
  };
}
