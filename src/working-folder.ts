/**
 * Ends the process with one sentence in a folder that was removed, as by a deployment that replaces it. Imported before anything
 * else: most libraries ask for the working folder when they are loaded, and fail with a stack.
 */
export function requireWorkingFolder(): void {
  try {
    process.cwd();
  } catch {
    process.stderr.write(
      'The folder in which ticket-enhancer was started does not exist any more. Start it in one that does.\n',
    );
    process.exit(1);
  }
}
