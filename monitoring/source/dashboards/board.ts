import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as grafana from '@grafana/grafana-foundation-sdk/dashboard';
import { select } from '../promql.js';
import { site } from '../site.js';

/** In every dashboard: `job` chooses the fleet, `instance` and `tenant` narrow it down. */
export const inJob = { job: '$job' } as const;
export const inInstance = { ...inJob, instance: { matches: '$instance' } } as const;
export const inTenant = { ...inJob, tenant_id: { matches: '$tenant' } } as const;
/** Grafana's own: at least four scrapes wide, whatever the zoom, so that `rate` always has two samples. */
export const span = '$__rate_interval';

const source = { type: 'prometheus', uid: '${datasource}' };

function labelValues(name: string, label: string, query: string): grafana.QueryVariableBuilder {
  return new grafana.QueryVariableBuilder(name)
    .label(label)
    .datasource(source)
    .query(query)
    .definition(query)
    .refresh(grafana.VariableRefresh.OnTimeRangeChanged)
    .sort(grafana.VariableSort.AlphabeticalAsc);
}

const variables = {
  job: () =>
    labelValues('job', 'Fleet', `label_values(${select('cluster_series')}, job)`).current({
      text: site.job,
      value: site.job,
    }),
  instance: () =>
    labelValues('instance', 'Instance', `label_values(${select('cluster_series', inJob)}, instance)`)
      .multi(true)
      .includeAll(true)
      .allValue('.*')
      .current({ text: 'All', value: '$__all' }),
  tenants: () =>
    labelValues('tenant', 'Tenant', `label_values(${select('enhancement_requests_total', inJob)}, tenant_id)`)
      .multi(true)
      .includeAll(true)
      .allValue('.*')
      .current({ text: 'All', value: '$__all' }),
  tenant: () =>
    labelValues('tenant', 'Tenant', `label_values(${select('enhancement_requests_total', inJob)}, tenant_id)`),
} as const;

export interface Row {
  readonly title: string;
  readonly panels: readonly cog.Builder<grafana.Panel>[];
}

export interface Board {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly variables: readonly Exclude<keyof typeof variables, 'job'>[];
  readonly rows: readonly Row[];
}

const tag = 'ticket-enhancer';

/** The dashboard as Grafana's JSON model; ids follow the order, so the same input gives the same file. */
export function board({ uid, title, description, variables: own, rows }: Board): grafana.Dashboard {
  const builder = new grafana.DashboardBuilder(`Ticket enhancer / ${title}`)
    .uid(uid)
    .description(description)
    .tags([tag])
    .timezone('browser')
    .editable()
    .tooltip(grafana.DashboardCursorSync.Crosshair)
    .time({ from: 'now-3h', to: 'now' })
    .refresh('30s')
    .withVariable(new grafana.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'))
    .withVariable(variables.job())
    .link(
      new grafana.DashboardLinkBuilder('Ticket enhancer')
        .type(grafana.DashboardLinkType.Dashboards)
        .tags([tag])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .link(
      new grafana.DashboardLinkBuilder('Runbooks')
        .type(grafana.DashboardLinkType.Link)
        .icon('doc')
        .url('${runbook_base}/README.md')
        .targetBlank(true),
    );
  for (const name of own) builder.withVariable(variables[name]());
  builder.withVariable(
    new grafana.TextBoxVariableBuilder('runbook_base')
      .label('Runbooks at')
      .defaultValue(site.runbookBase)
      .current({ text: site.runbookBase, value: site.runbookBase })
      .hide(grafana.VariableHide.HideVariable),
  );
  for (const row of rows) {
    builder.withRow(new grafana.RowBuilder(row.title));
    for (const panel of row.panels) builder.withPanel(panel);
  }
  const dashboard = builder.build();
  // Shown beside the title, not in the menu that the SDK puts links into.
  for (const link of dashboard.links ?? []) delete link.placement;
  for (const [index, panel] of (dashboard.panels ?? []).entries()) panel.id = index + 1;
  return dashboard;
}
