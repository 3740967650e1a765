import { z } from 'zod';

/** Where a secret is: `env:NAME` or `file:/path`, never its value. */
export const secretReference = z
  .string()
  .regex(
    /^(env:[A-Za-z_][A-Za-z0-9_]*|file:\/.+)$/,
    'must be a reference, env:NAME or file:/path, never the secret itself',
  );
