import { withEnvFile } from '../config/environment.js';
import { readTextFileSync } from '../config/text-file.js';
import type { DeskSecrets } from '../connectors/desks/index.js';
import { messageOf } from '../logging/describe-error.js';
import { type Found, resolveSecret, type SecretSources } from './secrets.js';

/** Resolves the references of one tenant to secrets. A problem is reported, and the value is then empty. */
export interface SecretReader extends DeskSecrets {
  /** @param key the key that holds the references, for messages */
  keys(key: string, references: readonly string[], toKey: (secret: string) => Found<Buffer>): Buffer[];
}

export interface SecretReaderOptions {
  /** For all secrets that do not change while the process lives. */
  readonly initial: SecretSources;
  /** Called at each use of a renewable secret. */
  readonly current: () => SecretSources;
  readonly onProblem: (problem: string) => void;
  /** Called for a secret with something around it that was removed. */
  readonly onStripped: (reference: string) => void;
  /** Whether a renewable secret may be missing when it is opened, as while it is renewed. */
  readonly renewableMayBeMissing: boolean;
}

export function createSecretReader(options: SecretReaderOptions): SecretReader {
  const { initial, current, onProblem, onStripped, renewableMayBeMissing } = options;

  const read = (key: string, reference: string, mayBeMissing: boolean): string => {
    const resolved = resolveSecret(reference, initial);
    if (!resolved.ok && !mayBeMissing) onProblem(`${key}: ${resolved.problem}`);
    if (resolved.ok && resolved.isStripped) onStripped(reference);
    return resolved.ok ? resolved.value : '';
  };

  return {
    renewable(key, reference) {
      read(key, reference, renewableMayBeMissing); // also registers it for redaction before its first use
      return () => {
        try {
          const resolved = resolveSecret(reference, current());
          return resolved.ok ? { ok: true, value: resolved.value } : resolved;
        } catch (error) {
          return { ok: false, problem: messageOf(error) }; // the .env file cannot be read
        }
      };
    },
    keys: (key, references, toKey) =>
      references.flatMap((reference) => {
        const secret = read(key, reference, false);
        if (secret === '') return [];
        const made = toKey(secret);
        if (!made.ok) onProblem(`${key}: the secret ${reference} ${made.problem}`);
        return made.ok ? [made.value] : [];
      }),
  };
}

const largestSecretBytes = 64 * 1024;

/** The environment with its `.env`, and the files of this machine. Read at each call, so that a reload sees changes. */
export function secretsOfThisMachine(): SecretSources {
  return {
    env: withEnvFile(process.env, process.cwd()),
    readFile: (path) => readTextFileSync(path, largestSecretBytes),
  };
}
