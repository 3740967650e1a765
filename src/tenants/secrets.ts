export interface SecretSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
}

type Resolved = { readonly ok: true; readonly value: string } | { readonly ok: false; readonly problem: string };

/**
 * The well-known secrets of the demo tenants, under the names that demo/tenants.yaml refers to. They are defaults: a
 * variable of that name wins. `NODE_ENV=production` refuses the demo tenants altogether.
 */
const demoSecrets: Readonly<Record<string, string>> = {
  DEMO_ACME_WEBHOOK_SECRET: 'demo-secret-acme',
  DEMO_GLOBEX_WEBHOOK_SECRET: 'demo-secret-globex',
};

/** @param reference `env:NAME` or `file:/path`; a file's trailing line end is not part of its secret */
export function resolveSecret(reference: string, { env, readFile }: SecretSources): Resolved {
  if (reference.startsWith('env:')) {
    const name = reference.slice('env:'.length);
    const value = env[name] ?? demoSecrets[name];
    if (value === undefined || value === '')
      return { ok: false, problem: `the environment variable ${name} is not set` };
    return { ok: true, value };
  }
  const path = reference.slice('file:'.length);
  try {
    const value = readFile(path).replace(/\r?\n$/, '');
    if (value === '') return { ok: false, problem: `the file ${path} is empty` };
    return { ok: true, value };
  } catch (error) {
    return {
      ok: false,
      problem: `the file ${path} cannot be read (${error instanceof Error ? error.message : String(error)})`,
    };
  }
}

/** Standard Webhooks: base64 behind the prefix `whsec_`; any other secret is used as its UTF-8 bytes. */
export function webhookKey(secret: string): Buffer {
  return secret.startsWith('whsec_') ? Buffer.from(secret.slice('whsec_'.length), 'base64') : Buffer.from(secret);
}
