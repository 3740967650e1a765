import { z } from 'zod';
import { defineDesk } from '../desk-kind.js';
import { httpSettings, takesCredential } from '../desk-settings.js';
import { createServiceDeskPlus, probeServiceDeskPlus } from './notes.js';

/** ServiceDesk Plus, on-premises and cloud. Its webhooks have a body of the sender's choice, and use `/webhook/servicedesk`. */
export const servicedeskPlus = defineDesk({
  type: 'servicedesk-plus',
  settings: {
    ...httpSettings('/api/v3'),
    deployment: z.enum(['on-premises', 'cloud']).default('on-premises'),
  },
  open({ base_url, deployment, credential, allow_private_network }, secrets) {
    const settings = {
      baseUrl: base_url,
      deployment,
      credential: secrets.renewable('desk.credential', credential),
      allowPrivateNetwork: allow_private_network,
    };
    return {
      connect: ({ proxyFor }) => createServiceDeskPlus({ ...settings, proxyFor }),
      async probe({ proxyFor, timeoutMs }, signal) {
        await probeServiceDeskPlus({ ...settings, proxyFor, timeoutMs }, signal);
        const url = new URL(base_url);
        return takesCredential(url, proxyFor(url));
      },
    };
  },
});
