import { z } from 'zod';
import { secretReference } from '../config/secret-reference.js';

/** A tenant's resolved tickets besides those in Redis: a file to begin with, or a search engine that keeps all of them. */

const engineAddress = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' })
  .max(500)
  .refine((url) => !/^\w+:\/\/[^/?#]*@/.test(url), 'must not contain a user or password; credential is for that')
  .refine((url) => !/[?#]/.test(url), 'must end before ? and #')
  .transform((url) => url.replace(/(?<!\/)\/+$/, ''));

/** An index name by the rules that OpenSearch and Elasticsearch share. */
const indexName = z
  .string()
  .regex(
    /^[a-z0-9][a-z0-9._-]{0,199}$/,
    'must be 1 to 200 of a-z, 0-9, ".", _ and -, and begin with a letter or digit',
  );

export const historyField = z
  .strictObject({
    path: z.string().min(1).optional(),
    search: z.literal('opensearch', { error: 'must be opensearch, which is for Elasticsearch too' }).optional(),
    url: engineAddress.optional(),
    index: indexName.optional(),
    credential: secretReference.optional(),
    allow_private_network: z.boolean().optional(),
  })
  .superRefine(({ path, search, url, index, credential, allow_private_network }, context) => {
    if (search === undefined) {
      if (path === undefined) context.addIssue('needs path, or search with url and index');
      if ([url, index, credential, allow_private_network].some((one) => one !== undefined)) {
        context.addIssue('has settings of a search engine, but not search: opensearch');
      }
      return;
    }
    if (path !== undefined) context.addIssue('has both path and search; tickets of a file are not put into an engine');
    if (url === undefined) context.addIssue({ code: 'custom', path: ['url'], message: 'is missing' });
    if (index === undefined) context.addIssue({ code: 'custom', path: ['index'], message: 'is missing' });
  });
