import { getPriority, setPriority } from 'node:os';

/** In steps of nice(2); a step is worth about a quarter more processor time where it is scarce. */
const precedence = 5;

/**
 * Puts this process before its children, so that it answers, watches and adds up while they take all the processor time
 * that there is. Needs the right to do so (root, CAP_SYS_NICE); without it the primary stays one among equals.
 *
 * @returns to be called with the pid of each new child, which would inherit it
 */
export function precedeChildren(): (childPid: number) => void {
  const inherited = getPriority();
  try {
    setPriority(inherited - precedence);
  } catch {
    return () => undefined;
  }
  return (childPid) => {
    try {
      setPriority(childPid, inherited);
    } catch {
      // It has ended already, which is told by itself.
    }
  };
}
