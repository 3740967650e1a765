import { beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { alertNames } from '../../../monitoring/source/alerts.js';
import { artifacts } from '../../../monitoring/source/artifacts.js';
import type { LabelVocabulary } from '../../../src/cluster-metrics/wire/definition.js';
import { catalog } from '../../../src/telemetry/catalog.js';
import { type KnownSeries, knownSeries, labelsOf, problemsOf } from '../../support/known-series.js';
import { parsePromQl } from '../../support/promql.js';
import {
  filesBelow,
  namesInDocuments,
  read,
  repository,
  shippedDashboards,
  shippedExpressions,
  shippedRules,
} from '../../support/shipped-expressions.js';

const expressions = shippedExpressions();
const alerts = shippedRules().flatMap((rule) => (rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }]));
const runbookFolder = 'docs/operations/runbooks';

describe('generated files', () => {
  const wanted = artifacts();

  it.each([...wanted.keys()])('%s is as its source says (npm run docs)', (path) => {
    expect(read(path)).toBe(wanted.get(path));
  });

  it('come out the same each time', () => {
    expect([...artifacts()]).toEqual([...wanted]);
  });

  it('leave no dashboard behind that nobody generates', () => {
    expect(filesBelow('monitoring/dashboards', '.json').filter((path) => !wanted.has(path))).toEqual([]);
  });
});

describe('every expression in rules, alerts, dashboards, scalers and documents', () => {
  let known: KnownSeries;
  beforeAll(async () => {
    known = await knownSeries();
  });

  it('is found by the extractor', () => {
    const count = (part: string) => expressions.filter(({ source }) => source.startsWith(part)).length;
    expect(count('monitoring/rules/ticket-enhancer.rules.yml')).toBeGreaterThan(50);
    expect(count('monitoring/rules/ticket-enhancer.alerts.yml')).toBe(alerts.length);
    expect(count('monitoring/dashboards/')).toBeGreaterThan(70);
    expect(count('docs/')).toBeGreaterThan(30);
  });

  it('names only metrics, labels and values that exist', () => {
    const problems = expressions.flatMap(({ source, expr }) =>
      problemsOf(expr, known).map((problem) => `${source}: ${problem}`),
    );
    expect(problems).toEqual([]);
  });

  it('is shown with labels that its result can have', () => {
    const problems = expressions.flatMap(({ source, expr, templates }) => {
      const possible = labelsOf(parsePromQl(expr), known);
      const named = templates.flatMap((text) =>
        [...text.matchAll(/\$labels\.(\w+)|\{\{\s*(\w+)\s*\}\}/g)].map(([, inAlert, inLegend]) => inAlert ?? inLegend),
      );
      return named
        .filter((label): label is string => label !== undefined && label !== 'end' && label !== 'else')
        .filter((label) => !possible.has(label))
        .map((label) => `${source}: no label ${label}`);
    });
    expect(problems).toEqual([]);
  });

  it('and every metric that a document names in passing exists', () => {
    const definitions = Object.values(catalog);
    // Values and labels of the catalog look like metrics here and there (llm_synthesis, queue_unavailable).
    const words = new Set(
      definitions.flatMap(({ labels }) =>
        Object.entries<LabelVocabulary>(labels).flatMap(([label, values]) => [
          label,
          ...('oneOf' in values ? [] : values),
        ]),
      ),
    );
    const families = ['enhancement', 'queue', 'worker_active', 'webhook', 'llm', 'cluster', 'http_request'];
    const named = namesInDocuments(families).filter(({ name }) => !words.has(name));
    const histograms = Object.entries(catalog).flatMap(([name, { type }]) => (type === 'histogram' ? [name] : []));
    const strangers = named.filter(({ name }) => !known.has(name) && !histograms.includes(name));
    expect(strangers).toEqual([]);
    expect(named.length).toBeGreaterThan(0);
  });
});

describe('the check itself', () => {
  it.each([
    ['enhancement_request_total', 'enhancement_request_total does not exist'],
    ['rate(enhancement_duration_seconds[5m])', 'enhancement_duration_seconds does not exist'],
    ['queue_depth{tenant_id="acme"}', 'queue_depth has no label tenant_id'],
    ['enhancement_requests_total{status="failed"}', 'status is never "failed"'],
    ['enhancement_requests_total{status=~"success|failed"}', 'status never matches failed'],
    ['enhancement_duration_seconds_bucket{le="20"}', 'le is never "20"'],
    ['enhancement_duration_seconds_bucket{le=~"61(\\\\.0)?"}', 'le never matches 61'],
    ['sum by (tenant) (enhancement_requests_total)', 'no series here has the label tenant'],
    ['queue_depth and on (tenant_id) up', 'no series here has the label tenant_id'],
    ['{__name__=~"enhancement_.+|nothing_.+"}', 'nothing_.+ does not exist'],
    ['job:enhancement_success:rate4h', 'job:enhancement_success:rate4h does not exist'],
  ])('refuses %s', async (expr, problem) => {
    expect(problemsOf(expr, await knownSeries()).join('; ')).toContain(problem);
  });

  it('reads every selector of an expression, with its matchers', () => {
    const { selectors, groupings } = parsePromQl(
      'sum by (job) (rate(a_total{x="1"}[5m])) / on (job) (b{y!~"2|3"} offset 1h > 0) unless max_over_time(c:d:e[1h:5m])',
    );
    expect(selectors).toEqual([
      { metric: 'a_total', isPattern: false, matchers: [{ label: 'x', operator: '=', value: '1' }] },
      { metric: 'b', isPattern: false, matchers: [{ label: 'y', operator: '!~', value: '2|3' }] },
      { metric: 'c:d:e', isPattern: false, matchers: [] },
    ]);
    expect(groupings.map(({ labels }) => labels)).toEqual([['job'], ['job']]);
    expect(groupings[0]?.selectors.map(({ metric }) => metric)).toEqual(['a_total']);
    expect(groupings[1]?.selectors.map(({ metric }) => metric)).toEqual(['a_total', 'b']);
  });

  it('refuses what is no PromQL', () => {
    expect(() => parsePromQl('sum by (job (up)')).toThrow('Not PromQL');
  });
});

describe('alerts', () => {
  it('have a severity, texts and a runbook that exists', () => {
    for (const { alert, labels, annotations } of alerts) {
      expect(['page', 'ticket']).toContain(labels?.['severity']);
      expect(annotations?.['summary']).toMatch(/\w+ \w+/);
      // What it means, and then the first thing to do.
      expect(annotations?.['description']).toMatch(/[.:] .*\b(?:Run|Look|Find|Renew|Raise|Remove)\b .*\.$/s);
      expect(annotations?.['runbook_url']).toBe(`${runbookFolder}/${alert}.md`);
    }
    expect(alertNames.filter((name) => !existsSync(join(repository, runbookFolder, `${name}.md`)))).toEqual([]);
  });

  it('have a runbook that says what it means, what to look at, what to do and when to escalate', () => {
    const headings = ['## What it means', '## What to look at', '## What to do', '## When to escalate'];
    const incomplete = alertNames.flatMap((name) => {
      const text = read(`${runbookFolder}/${name}.md`);
      const missing = [`# ${name}\n`, ...headings, '```promql'].filter((part) => !text.includes(part));
      return missing.map((part) => `${name}: ${part.trim()}`);
    });
    expect(incomplete).toEqual([]);
  });

  it('are all in the list of runbooks, and no runbook is about an alert that is none', () => {
    const index = read(`${runbookFolder}/README.md`);
    expect(alertNames.filter((name) => !index.includes(`(${name}.md)`))).toEqual([]);
    const named = filesBelow(runbookFolder, '.md').map((path) => path.slice(runbookFolder.length + 1, -'.md'.length));
    expect(named.filter((name) => name.startsWith('Enhancement') && !alertNames.includes(name))).toEqual([]);
  });
});

describe('dashboards', () => {
  const dashboards = shippedDashboards();

  it('have a title, a description, a unit and the data source variable on every panel', () => {
    for (const { file, panels, templating } of dashboards) {
      expect(templating.list.map(({ name }) => name)).toEqual(
        expect.arrayContaining(['datasource', 'job', 'runbook_base']),
      );
      for (const panel of panels.filter(({ type }) => type !== 'row')) {
        const where = `${file} ${panel.title}`;
        expect([where, (panel.description ?? '').length > 10]).toEqual([where, true]);
        expect([where, panel.fieldConfig?.defaults.unit !== undefined]).toEqual([where, true]);
        expect([where, panel.datasource?.uid]).toEqual([where, '${datasource}']);
        expect([where, (panel.targets ?? []).length > 0]).toEqual([where, true]);
      }
    }
  });

  it('use $__rate_interval in every rate', () => {
    const rates = dashboards.flatMap(({ panels }) =>
      panels.flatMap(({ targets }) =>
        (targets ?? []).flatMap(({ expr }) => expr.match(/rate\([^[]*\[[^\]]*\]/g) ?? []),
      ),
    );
    expect(rates.length).toBeGreaterThan(20);
    expect(rates.filter((rate) => !rate.endsWith('[$__rate_interval]'))).toEqual([]);
  });

  it('link to runbooks that exist', () => {
    const urls = dashboards.flatMap(({ panels }) => panels.flatMap(({ links }) => (links ?? []).map(({ url }) => url)));
    expect(urls.length).toBeGreaterThan(10);
    for (const url of urls)
      expect(existsSync(join(repository, url.replace('${runbook_base}', runbookFolder)))).toBe(true);
  });

  it('show every metric of the catalog somewhere', () => {
    const shown = dashboards.flatMap(({ panels }) => panels.map(({ description }) => description ?? '')).join('\n');
    expect(Object.keys(catalog).filter((name) => !shown.includes(`\`${name}\``))).toEqual([]);
  });

  it('have panels that do not overlap, with ids of their own', () => {
    for (const { panels } of dashboards) {
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
      const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
        Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
      );
      expect(new Set(cells).size).toBe(cells.length);
      expect(panels.every(({ gridPos: { x, w } }) => x + w <= 24)).toBe(true);
    }
  });
});
