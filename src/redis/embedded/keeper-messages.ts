import { z } from 'zod';

/** How a process ended: with an exit code, or by a signal. */
export interface RedisEnd {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The messages of the keeper of the embedded Redis to the primary. */
const keeperMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('redis-ready') }),
  z.object({
    type: z.literal('redis-ended'),
    code: z.number().nullable(),
    signal: z.string().nullable(),
    /** Whether it had answered before it ended. */
    served: z.boolean(),
    /** Time until it is started again. Milliseconds. */
    pauseMs: z.number(),
  }),
]);
export type KeeperMessage = Readonly<z.infer<typeof keeperMessageSchema>>;

/** @returns undefined: not a message of a keeper */
export function parseKeeperMessage(value: unknown): KeeperMessage | undefined {
  return keeperMessageSchema.safeParse(value).data;
}
