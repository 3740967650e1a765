/**
 * Strips a value of what is around it by mistake: blanks, line ends and byte order marks of an editor or of `echo`, and one pair of
 * quotation marks, which `docker run --env-file`, `kubectl create --from-env-file` and tools that print JSON keep.
 */
export function bareValue(written: string): string {
  const trimmed = written.trim(); // byte order marks too
  const mark = trimmed.charAt(0);
  const isQuoted =
    (mark === '"' || mark === "'") && trimmed.length > 1 && trimmed.indexOf(mark, 1) === trimmed.length - 1;
  return isQuoted ? trimmed.slice(1, -1).trim() : trimmed;
}

/** The rest of a sentence about a value that {@link bareValue} has changed. */
export const usedBare = 'is used without the blanks, line ends or quotation marks around it; take them out.';
