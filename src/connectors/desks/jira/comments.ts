import { z } from 'zod';

/**
 * Comments of Jira, some of which are internal. Sources: developer.atlassian.com, "Issue comments" (`jsdPublic`,
 * `visibility`) and "Jira Service Management: entity properties" (`sd.public.comment`).
 */

const anything = z.unknown().optional();
export const personSchema = z
  .object({ accountId: z.string().optional(), key: z.string().optional(), name: z.string().optional() })
  .nullish()
  .catch(undefined);
type Person = z.infer<typeof personSchema>;

/** Fields that show whether the customer sees a comment. */
export const commentSchema = z.object({
  body: anything,
  author: personSchema,
  /** Cloud only. */
  jsdPublic: z.boolean().nullish().catch(undefined),
  /** Visible to this role or group only. */
  visibility: anything,
  /** Data Center only, if requested. */
  properties: z
    .array(z.object({ key: z.string(), value: anything }))
    .nullish()
    .catch(undefined),
});
type Comment = z.infer<typeof commentSchema>;

const internalSchema = z.object({ internal: z.literal([true, 'true']) });

/** Whether the customer sees the comment, and another person than the reporter wrote it. */
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
