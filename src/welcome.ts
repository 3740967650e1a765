import { signServiceDesk } from './api/signatures/sign.js';
import { localUrl } from './config/address.js';
import type { Config } from './config/config.js';

/** A first ticket, about which the demo tenant `acme` has many documents. */
const body = JSON.stringify({
  event: 'ticket_created',
  tenant_id: 'acme',
  ticket_id: 'TKT-1001',
  subject: 'VPN drops every hour',
  description: 'Since Monday my VPN connection drops about once an hour and I have to sign in again. Wi-Fi stays up.',
  priority: 'high',
  created_at: '2026-11-23T10:00:00Z',
});

/** Shown as localhost where that reaches it. */
function place(host: string, port: number): string {
  return localUrl(host, port).replace(/127\.0\.0\.1|\[::1\]/, 'localhost');
}

/** The addresses and, with the demo tenants, a request that can be copied. */
export function welcome(config: Config): string {
  const webhooks = place(config.httpHost, config.httpPort);
  const metrics = place(config.metricsHost, config.metricsPort);
  const token = config.metricsBearerToken === undefined ? '' : '-H "Authorization: Bearer $METRICS_BEARER_TOKEN" ';
  const lines = [
    '',
    'ticket-enhancer is ready.',
    ...(config.httpProcesses > 0 ? [`  webhooks  ${webhooks}/webhook/servicedesk`] : []),
    `  metrics   ${metrics}/metrics`,
    `  status    ${metrics}/`,
  ];
  if (config.tenantsFile === undefined && config.httpProcesses > 0) {
    const signature = signServiceDesk('demo-secret-acme', body)['x-servicedesk-signature'];
    lines.push(
      '',
      'Send a ticket as the demo tenant acme:',
      '',
      `curl -i ${webhooks}/webhook/servicedesk \\`,
      "  -H 'Content-Type: application/json' \\",
      `  -H 'X-ServiceDesk-Signature: ${signature}' \\`,
      `  -d '${body}'`,
      '',
      `and read its note: curl ${token}${metrics}/desk/acme/tickets/TKT-1001`,
    );
  }
  return `${lines.join('\n')}\n\n`;
}
