import { z } from 'zod';
import { secretReference } from '../../../config/secret-reference.js';
import type { ProxyFor } from '../../proxy.js';
import { createDeskHttp, defaultTimeoutMs, pageTimeoutMs } from '../desk-http.js';
import { type DeskSecrets, defineDesk } from '../desk-kind.js';
import { httpSettings, takesCredential } from '../desk-settings.js';
import { withRequestReserve } from '../request-reserve.js';
import { createAccessTokens, type RefreshOptions } from './access-tokens.js';
import { createServiceDeskPlus, httpOptions, probeServiceDeskPlus, type ServiceDeskPlusOptions } from './notes.js';
import { resolvedTickets } from './resolved.js';
import { createLocalTokenStore, createRedisTokenStore } from './token-store.js';

/** ServiceDesk Plus, on-premises and cloud. Its webhooks have a body of the sender's choice, and use `/webhook/servicedesk`. */

/** Zoho's accounts server of each data centre. */
const accounts = {
  us: 'https://accounts.zoho.com',
  eu: 'https://accounts.zoho.eu',
  in: 'https://accounts.zoho.in',
  au: 'https://accounts.zoho.com.au',
  ca: 'https://accounts.zohocloud.ca',
  jp: 'https://accounts.zoho.jp',
  sa: 'https://accounts.zoho.sa',
  cn: 'https://accounts.zoho.com.cn',
  uk: 'https://accounts.zoho.uk',
} as const;
const dataCenters = Object.keys(accounts) as (keyof typeof accounts)[];

const oauthSchema = z.strictObject({
  client_id: secretReference,
  client_secret: secretReference,
  refresh_token: secretReference,
  data_center: z.enum(dataCenters).default('us'),
  /** For a data centre that is not in the list. */
  accounts_url: z.url({ protocol: /^https?$/, error: 'must be an http:// or https:// address' }).optional(),
});

export const servicedeskPlus = defineDesk({
  type: 'servicedesk-plus',
  settings: {
    ...httpSettings('/api/v3'),
    credential: secretReference.optional(),
    oauth: oauthSchema.optional(),
    deployment: z.enum(['on-premises', 'cloud']).default('on-premises'),
  },
  check({ credential, oauth, deployment }, problem) {
    if (credential === undefined && oauth === undefined) problem('credential', 'is missing');
    if (credential !== undefined && oauth !== undefined)
      problem('oauth', 'and credential exclude each other; keep one');
    if (oauth !== undefined && deployment !== 'cloud') problem('oauth', 'is for deployment: cloud');
  },
  open({ base_url, deployment, credential, oauth, allow_private_network }, secrets) {
    const token = credential === undefined ? undefined : secrets.renewable('desk.credential', credential);
    const refresh = oauth === undefined ? undefined : refreshOptions(oauth, secrets);
    const options = (proxyFor: ProxyFor | undefined, timeoutMs: number, store: RefreshOptions['store']) => {
      const common = { allowPrivateNetwork: allow_private_network, proxyFor, timeoutMs };
      const settings = { baseUrl: base_url, deployment, ...common };
      if (refresh !== undefined) return { ...settings, tokens: createAccessTokens({ ...refresh, ...common, store }) };
      return { ...settings, ...(token === undefined ? {} : { credential: token }) };
    };
    return {
      connect: ({ proxyFor, redis }) =>
        createServiceDeskPlus(options(proxyFor, defaultTimeoutMs, createRedisTokenStore(redis))),
      async probe({ proxyFor, timeoutMs }, signal) {
        const probed: ServiceDeskPlusOptions = options(proxyFor, timeoutMs, createLocalTokenStore());
        await probeServiceDeskPlus(probed, signal);
        const url = new URL(base_url);
        return takesCredential(url, proxyFor(url));
      },
      resolved: (tools) => {
        // The access token is shared with the service's workers.
        const settings = options(tools.proxyFor, pageTimeoutMs, createRedisTokenStore(tools.redis));
        return resolvedTickets(base_url, createDeskHttp(withRequestReserve(httpOptions(settings), tools)).get);
      },
    };
  },
});

function refreshOptions(oauth: z.output<typeof oauthSchema>, secrets: DeskSecrets) {
  return {
    accountsUrl: (oauth.accounts_url ?? accounts[oauth.data_center]).replace(/(?<!\/)\/+$/, ''),
    clientId: secrets.renewable('desk.oauth.client_id', oauth.client_id),
    clientSecret: secrets.renewable('desk.oauth.client_secret', oauth.client_secret),
    refreshToken: secrets.renewable('desk.oauth.refresh_token', oauth.refresh_token),
  };
}
