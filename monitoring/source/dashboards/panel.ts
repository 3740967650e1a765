import type * as cog from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as grafana from '@grafana/grafana-foundation-sdk/dashboard';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import { catalog, type MetricName } from '../../../src/telemetry/catalog.js';
import { alertNames } from '../alerts.js';

export interface Query {
  readonly expr: string;
  readonly legend: string;
}

export interface PanelSpec {
  readonly title: string;
  /** The catalog's metrics that it shows: their use cases are the panel's description. */
  readonly metrics: readonly MetricName[];
  /** What the catalog cannot say, such as how to read a derived value. */
  readonly note?: string;
  /** One of the ids in https://github.com/grafana/grafana/blob/main/packages/grafana-data/src/valueFormats/categories.ts */
  readonly unit: string;
  readonly queries: readonly Query[];
  /** Of the 24 columns of a dashboard. */
  readonly width: number;
  /** Alerts about what the panel shows: it links to their runbooks. */
  readonly alerts?: readonly string[];
  /** Drawn as a line (graphs) or as a colour (single values), at the value at which an alert looks. */
  readonly limit?: { readonly value: number; readonly bad: 'above' | 'below' };
  readonly decimals?: number;
}

/** Set by the dashboard's own variable, so that one file serves any Grafana. */
const datasource = { type: 'prometheus', uid: '${datasource}' };

function description(spec: PanelSpec): string {
  const useCases = spec.metrics.map((name) => `${catalog[name].useCase} (\`${name}\`)`);
  return [...useCases, ...(spec.note === undefined ? [] : [spec.note])].join('\n\n');
}

function links(spec: PanelSpec): cog.Builder<grafana.DashboardLink>[] {
  return (spec.alerts ?? []).map((name) => {
    if (!alertNames.includes(name))
      throw new RangeError(`Panel "${spec.title}" names the alert ${name}, which is none`);
    return new grafana.DashboardLinkBuilder(`Runbook: ${name}`)
      .type(grafana.DashboardLinkType.Link)
      .url(`\${runbook_base}/${name}.md`)
      .targetBlank(true);
  });
}

function thresholds({ limit }: PanelSpec): cog.Builder<grafana.ThresholdsConfig> {
  const [below, above] = limit?.bad === 'below' ? ['red', 'green'] : ['green', 'red'];
  return new grafana.ThresholdsConfigBuilder()
    .mode(grafana.ThresholdsMode.Absolute)
    .steps([
      { value: null, color: below ?? 'green' },
      ...(limit === undefined ? [] : [{ value: limit.value, color: above ?? 'red' }]),
    ]);
}

function targets(spec: PanelSpec, instant: boolean): cog.Builder<cog.Dataquery>[] {
  return spec.queries.map(({ expr, legend }, index) => {
    const query = new prometheus.DataqueryBuilder()
      .refId(String.fromCharCode('A'.charCodeAt(0) + index))
      .datasource(datasource)
      .expr(expr)
      .legendFormat(legend);
    return instant ? query.instant() : query.range().exemplar(expr.includes('_bucket'));
  });
}

/** A graph over time. */
export function graph(spec: PanelSpec): cog.Builder<grafana.Panel> {
  const panel = new timeseries.PanelBuilder()
    .title(spec.title)
    .description(description(spec))
    .datasource(datasource)
    .unit(spec.unit)
    .min(0)
    .height(8)
    .span(spec.width)
    .links(links(spec))
    .thresholds(thresholds(spec))
    .fillOpacity(8)
    .showPoints(common.VisibilityMode.Never)
    .legend(
      new common.VizLegendOptionsBuilder()
        .showLegend(true)
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom),
    )
    .tooltip(
      new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending),
    )
    .targets(targets(spec, false));
  return spec.limit === undefined
    ? panel
    : panel.thresholdsStyle(
        new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed),
      );
}

/** One number now, coloured by its limit. */
export function single(spec: PanelSpec): cog.Builder<grafana.Panel> {
  const panel = new stat.PanelBuilder()
    .title(spec.title)
    .description(description(spec))
    .datasource(datasource)
    .unit(spec.unit)
    .height(4)
    .span(spec.width)
    .links(links(spec))
    .thresholds(thresholds(spec))
    .noValue('no data')
    .colorMode(spec.limit === undefined ? common.BigValueColorMode.None : common.BigValueColorMode.Value)
    .graphMode(common.BigValueGraphMode.None)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .targets(targets(spec, true));
  return spec.decimals === undefined ? panel : panel.decimals(spec.decimals);
}
