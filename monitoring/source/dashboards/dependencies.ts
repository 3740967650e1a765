import type { OperationType } from '../../../src/telemetry/catalog.js';
import { bucket, count, maxBy, quantile, rate, select, sumBy } from '../promql.js';
import { operationQuantile, quantileNames } from '../recording-rules.js';
import { type Board, inTenant, span } from './board.js';
import { graph } from './panel.js';

const operation = 'enhancement_operation_duration_seconds';

/** How long one step takes: the fleet's recorded quantiles, and the chosen tenants' p95. */
function duration(title: string, type: OperationType) {
  return graph({
    title,
    metrics: [operation],
    unit: 's',
    width: 12,
    queries: [
      ...quantileNames.map((name) => ({
        expr: `${operationQuantile(name)}{job="$job",operation_type="${type}"}`,
        legend: `${name}, all tenants`,
      })),
      {
        expr: quantile(0.95, [], rate(bucket(operation, { ...inTenant, operation_type: type }), span)),
        legend: 'p95, chosen tenants',
      },
    ],
  });
}

function failureShare(title: string, type: OperationType, alert?: string) {
  const failed = count(operation, { ...inTenant, operation_type: type, status: 'failure' });
  const all = count(operation, { ...inTenant, operation_type: type });
  const attempts = (series: string) => sumBy(['tenant_id'], rate(series, span));
  return graph({
    title,
    metrics: [operation],
    unit: 'percentunit',
    width: 12,
    ...(alert === undefined ? {} : { alerts: [alert] }),
    queries: [
      {
        // Without the `or`, a desk that has never failed would have no line rather than one at zero.
        expr: `(${attempts(failed)} or 0 * ${attempts(all)}) / (${attempts(all)} > 0)`,
        legend: '{{tenant_id}}',
      },
    ],
  });
}

export const dependencies: Board = {
  uid: 'ticket-enhancer-dependencies',
  title: 'Dependencies',
  description: 'The language model, the desks and the sources of context: duration and failures.',
  variables: ['tenants'],
  rows: [
    {
      title: 'Language model',
      panels: [
        duration('Synthesis time', 'llm_synthesis'),
        failureShare('Failed share of syntheses', 'llm_synthesis', 'EnhancementSynthesisFallback'),
        graph({
          title: 'How notes were written, per second',
          metrics: ['enhancement_synthesis_total'],
          unit: 'ops',
          width: 12,
          alerts: ['EnhancementSynthesisFallback'],
          queries: [
            { expr: sumBy(['mode'], rate(select('enhancement_synthesis_total', inTenant), span)), legend: '{{mode}}' },
          ],
        }),
        graph({
          title: 'Tokens per second',
          metrics: ['llm_tokens_total'],
          unit: 'short',
          width: 12,
          queries: [
            {
              expr: sumBy(['model', 'type'], rate(select('llm_tokens_total', inTenant), span)),
              legend: '{{model}} {{type}}',
            },
          ],
        }),
        graph({
          title: 'Refused parameters and repaired answers, per second',
          metrics: ['llm_refusals_total', 'llm_repairs_total'],
          unit: 'ops',
          width: 24,
          queries: [
            {
              expr: sumBy(['model', 'parameter'], rate(select('llm_refusals_total', inTenant), span)),
              legend: '{{model}} refused {{parameter}}',
            },
            {
              expr: sumBy(['model', 'outcome'], rate(select('llm_repairs_total', inTenant), span)),
              legend: '{{model}} repair {{outcome}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Desks',
      panels: [
        duration('Ticket update time', 'ticket_update'),
        failureShare('Failed share of ticket updates', 'ticket_update', 'EnhancementDeskErrors'),
        graph({
          title: 'Jobs deferred, per second',
          metrics: ['enhancement_deferrals_total'],
          unit: 'ops',
          width: 12,
          alerts: ['EnhancementCredentialRefused', 'EnhancementJobsDeferred'],
          queries: [
            {
              expr: sumBy(['tenant_id', 'reason'], rate(select('enhancement_deferrals_total', inTenant), span)),
              legend: '{{tenant_id}} {{reason}}',
            },
          ],
        }),
      ],
    },
    {
      title: 'Context',
      panels: [
        duration('Context gathering time', 'context_gathering'),
        graph({
          title: 'Sources that failed or were late, per second',
          metrics: ['enhancement_context_failures_total'],
          unit: 'ops',
          width: 12,
          queries: [
            {
              expr: sumBy(['source'], rate(select('enhancement_context_failures_total', inTenant), span)),
              legend: '{{source}}',
            },
          ],
        }),
        graph({
          title: 'Documents that are left out, or used in part',
          metrics: ['context_documents'],
          unit: 'short',
          width: 12,
          alerts: ['EnhancementContextIncomplete'],
          queries: [
            {
              expr: maxBy(
                ['tenant_id', 'source', 'state'],
                select('context_documents', { ...inTenant, state: ['truncated', 'skipped'] }),
              ),
              legend: '{{tenant_id}} {{source}} {{state}}',
            },
          ],
        }),
      ],
    },
  ],
};
