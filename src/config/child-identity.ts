import { z } from 'zod';

/** The environment variable by which the primary tells a child who it is. Threads of the child have it, too. */
export const identityVariable = 'TICKET_ENHANCER_CHILD';

/** The roles are those of `ipc/control-protocol.ts`, which this folder may not import. */
const identitySchema = z.object({ role: z.enum(['http', 'worker']), slot: z.number().int() });
export type ChildIdentity = z.infer<typeof identitySchema>;

/** @returns undefined: this process is no child */
export function childIdentity(): ChildIdentity | undefined {
  const told = process.env[identityVariable];
  return told === undefined ? undefined : identitySchema.parse(JSON.parse(told));
}
