import { z } from 'zod';

/**
 * Comments of Jira, of which some are for the staff alone. Sources: developer.atlassian.com, "Issue comments" (`jsdPublic`,
 * `visibility`) and "Jira Service Management: entity properties" (`sd.public.comment`).
 */

const anything = z.unknown().optional();
export const personSchema = z
  .object({ accountId: z.string().optional(), key: z.string().optional(), name: z.string().optional() })
  .nullish()
  .catch(undefined);
type Person = z.infer<typeof personSchema>;

/** What tells a comment that the customer sees from one that is for some. */
export const commentSchema = z.object({
  body: anything,
  author: personSchema,
  /** Of Cloud. */
  jsdPublic: z.boolean().nullish().catch(undefined),
  /** A role or group. */
  visibility: anything,
  /** Of Data Center, where they are asked for. */
  properties: z
    .array(z.object({ key: z.string(), value: anything }))
    .nullish()
    .catch(undefined),
});
type Comment = z.infer<typeof commentSchema>;

const internalSchema = z.object({ internal: z.literal([true, 'true']) });

/** Whether it says to the customer what the staff did. */
export function isAnswer({ author, jsdPublic, visibility, properties }: Comment, reporter: Person): boolean {
  const isInternal = (properties ?? []).some(
    ({ key, value }) => key === 'sd.public.comment' && internalSchema.safeParse(value).success,
  );
  const isForAll = jsdPublic !== false && (visibility ?? undefined) === undefined && !isInternal;
  return isForAll && !isSamePerson(author, reporter);
}

function isSamePerson(one: Person, other: Person): boolean {
  const [mine, its] = [one, other].map((person) => person?.accountId ?? person?.key ?? person?.name);
  return mine !== undefined && mine === its;
}
