import { z } from 'zod';
import { parseListed } from '../note-pages.js';

/** Attachments of Request Tracker: each part of a mail or a comment is one, and its content is in an answer of its own. */

export const idSchema = z.union([z.string().regex(/^\d{1,19}$/), z.int().transform(String)]);

export const attachmentSchema = z.object({
  id: idSchema,
  TransactionId: idSchema.nullish().catch(undefined),
  ContentType: z.string().nullish(),
  Filename: z.string().nullish(),
  Headers: z.string().nullish(),
});
export type Attachment = z.infer<typeof attachmentSchema>;

/** Bytes of the longest text that is read. Mails with pictures in their HTML exceed the bound of an answer. */
const largestText = 500_000;

export function isText({ ContentType, Headers }: Attachment, type: 'text/plain' | 'text/html'): boolean {
  return ContentType === type && lengthIn(Headers ?? '') <= largestText;
}

/** The length in a MIME header, bytes; 0 if it has none. */
function lengthIn(headers: string): number {
  return Number(/^Content-Length: (\d{1,15})$/im.exec(headers)?.[1] ?? 0);
}

/** Base64 in lines. */
const contentSchema = z.object({ Content: z.string().nullish() });

/** @param rest the address of REST 2.0 */
export async function readContent(get: (url: URL) => Promise<unknown>, rest: string, id: string): Promise<string> {
  const { Content } = parseListed(contentSchema, await get(new URL(`${rest}/attachment/${id}`)), 'notes');
  return Buffer.from(Content ?? '', 'base64').toString();
}
