/**
 * Ends the process with one sentence on a Node that cannot load the service. Imported before anything else, so it uses only
 * old syntax and imports nothing: a module that an old Node lacks would be reported first.
 */

/** As `engines` in package.json has it. */
const oldest = [20, 12];

/** Something must be changed by hand, and a restart cannot help; PM2's `stop_exit_codes` knows it and does not restart. */
export const exitConfiguration = 78;

export function requireNode(): void {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = oldest;
  if (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor)) return;
  process.stderr.write(
    `ticket-enhancer needs Node ${oldest.join('.')} or newer, and this is ${process.versions.node}; install one from https://nodejs.org.\n`,
  );
  process.exit(exitConfiguration);
}
