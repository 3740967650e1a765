import cluster from 'node:cluster';
import { existsSync } from 'node:fs';
import type { Socket } from 'node:net';
import { parse } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ChildIdentity, identityVariable } from '../../config/child-identity.js';
import { withheldFrom } from '../../config/variables.js';
import { type ChildHandle, type ChildHandleOptions, createChildHandle } from './child-handle.js';

export interface ForkOptions extends ChildHandleOptions {
  /** This service's environment variables; the child gets those of its role. */
  readonly variables: Readonly<Record<string, string>>;
  /** A socket that the child holds open, so that the embedded Redis does not end before it; undefined: Redis is elsewhere. */
  readonly lifeline: Socket | undefined;
}

/** By its path: a deployment may have replaced the folder in which the primary was started, and a child cannot run in the old one. */
const workingFolder = process.cwd();

/** Forks one child of this service as a worker of node:cluster. */
export function forkChild({ variables, lifeline, ...options }: ForkOptions): ChildHandle {
  const { role, slot } = options;
  // The primary does not schedule connections: that leaves one client hanging for each killed child (docs/adr/0002).
  cluster.schedulingPolicy = cluster.SCHED_NONE;
  cluster.setupPrimary({
    exec: fileURLToPath(new URL('../../child-entry.js', import.meta.url)),
    args: [],
    // Always given: Node keeps earlier settings, and can start nothing in a folder that was removed meanwhile. The children need
    // none of their own, since all paths that they get are absolute.
    cwd: existsSync(workingFolder) ? workingFolder : parse(workingFolder).root,
    serialization: 'json',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc', ...(lifeline ? [lifeline] : [])],
  });
  const worker = cluster.fork({
    ...variables,
    // Undefined: the child does not inherit them from the primary's own environment either.
    ...Object.fromEntries(withheldFrom(role).map((name) => [name, undefined])),
    [identityVariable]: JSON.stringify({ role, slot } satisfies ChildIdentity),
  });
  return createChildHandle(worker, options);
}
