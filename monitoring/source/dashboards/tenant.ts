import { bucket, count, increase, quantile, rate, select, sumBy } from '../promql.js';
import { successRatio } from '../recording-rules.js';
import { site } from '../site.js';
import { allWindows } from '../windows.js';
import { type Board, inJob, span } from './board.js';
import { graph, single } from './panel.js';

const ofTenant = { ...inJob, tenant_id: '$tenant' } as const;
const recorded = '{job="$job",tenant_id="$tenant"}';

export const tenant: Board = {
  uid: 'ticket-enhancer-tenant',
  title: 'Tenant',
  description: 'One tenant: what its desk sends, with which result, and which step is slow or fails.',
  variables: ['tenant'],
  rows: [
    {
      title: 'Now',
      panels: [
        single({
          title: 'Success rate (rolling 5 min)',
          metrics: ['enhancement_success_rate'],
          note: 'One value per instance, because a mean of ratios would be wrong. No value without completions.',
          unit: 'percent',
          decimals: 1,
          width: 6,
          limit: { value: 95, bad: 'below' },
          alerts: ['EnhancementSuccessRateLow'],
          queries: [{ expr: select('enhancement_success_rate', ofTenant), legend: '{{instance}}' }],
        }),
        single({
          title: 'Jobs that succeed (1 d)',
          metrics: ['enhancement_requests_total'],
          unit: 'percentunit',
          decimals: 2,
          width: 6,
          limit: { value: site.slo.success, bad: 'below' },
          queries: [{ expr: `${successRatio('job_tenant_id', '1d')}${recorded}`, legend: 'succeed' }],
        }),
        single({
          title: 'Tickets in the last hour',
          metrics: ['enhancement_requests_total'],
          unit: 'none',
          decimals: 0,
          width: 6,
          queries: [
            {
              expr: `sum(${increase(select('enhancement_requests_total', { ...ofTenant, status: 'queued' }), '1h')})`,
              legend: 'queued',
            },
          ],
        }),
        single({
          title: 'Repeated deliveries in the last hour',
          metrics: ['webhook_duplicates_total'],
          unit: 'none',
          decimals: 0,
          width: 6,
          queries: [
            { expr: `sum(${increase(select('webhook_duplicates_total', ofTenant), '1h')})`, legend: 'repeated' },
          ],
        }),
      ],
    },
    {
      title: 'Rate, errors, duration',
      panels: [
        graph({
          title: 'Events per second',
          metrics: ['enhancement_requests_total'],
          unit: 'reqps',
          width: 12,
          queries: [
            {
              expr: sumBy(['status'], rate(select('enhancement_requests_total', ofTenant), span)),
              legend: '{{status}}',
            },
          ],
        }),
        graph({
          title: 'Success by window',
          metrics: ['enhancement_requests_total'],
          unit: 'percentunit',
          width: 12,
          limit: { value: site.slo.success, bad: 'below' },
          alerts: ['EnhancementSuccessRateLow'],
          queries: allWindows.map((window) => ({
            expr: `${successRatio('job_tenant_id', window)}${recorded}`,
            legend: window,
          })),
        }),
        graph({
          title: 'Webhook to note',
          metrics: ['enhancement_duration_seconds'],
          unit: 's',
          width: 12,
          limit: { value: site.latencySeconds.ticket, bad: 'above' },
          queries: ([0.5, 0.95, 0.99] as const).map((share) => ({
            expr: quantile(
              share,
              [],
              rate(bucket('enhancement_duration_seconds', { ...ofTenant, status: 'success' }), span),
            ),
            legend: `p${share * 100}`,
          })),
        }),
        graph({
          title: 'Duration by step, p95',
          metrics: ['enhancement_operation_duration_seconds'],
          unit: 's',
          width: 12,
          queries: [
            {
              expr: quantile(
                0.95,
                ['operation_type'],
                rate(bucket('enhancement_operation_duration_seconds', ofTenant), span),
              ),
              legend: '{{operation_type}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Steps and sources',
      panels: [
        graph({
          title: 'Failures by step, per second',
          metrics: ['enhancement_operation_duration_seconds'],
          unit: 'ops',
          width: 12,
          alerts: ['EnhancementDeskErrors'],
          queries: [
            {
              expr: sumBy(
                ['operation_type'],
                rate(count('enhancement_operation_duration_seconds', { ...ofTenant, status: 'failure' }), span),
              ),
              legend: '{{operation_type}}',
            },
          ],
        }),
        graph({
          title: 'How notes were written, per second',
          metrics: ['enhancement_synthesis_total'],
          unit: 'ops',
          width: 12,
          alerts: ['EnhancementSynthesisFallback'],
          queries: [
            { expr: sumBy(['mode'], rate(select('enhancement_synthesis_total', ofTenant), span)), legend: '{{mode}}' },
          ],
        }),
        graph({
          title: 'Resolved tickets whose note cited a source, per day',
          metrics: ['enhancement_citations_total'],
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: sumBy(['outcome'], increase(select('enhancement_citations_total', ofTenant), '1d')),
              legend: '{{outcome}}',
            },
          ],
        }),
        graph({
          title: 'Missing context, per second',
          metrics: ['enhancement_context_failures_total'],
          unit: 'ops',
          width: 12,
          queries: [
            {
              expr: sumBy(['source'], rate(select('enhancement_context_failures_total', ofTenant), span)),
              legend: '{{source}}',
            },
          ],
        }),
        graph({
          title: 'Language model tokens per second',
          metrics: ['llm_tokens_total'],
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: sumBy(['model', 'type'], rate(select('llm_tokens_total', ofTenant), span)),
              legend: '{{model}} {{type}}',
            },
          ],
        }),
      ],
    },
  ],
};
