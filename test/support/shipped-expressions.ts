import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

/** Every PromQL expression that this repository ships, read from the files themselves, not from what wrote them. */

export const repository = fileURLToPath(new URL('../../', import.meta.url));

export interface ShippedExpression {
  /** File, and the rule, panel or line in it. */
  readonly source: string;
  readonly expr: string;
  /** What it is shown with: alert texts and legends, which name labels too. */
  readonly templates: readonly string[];
}

export function read(path: string): string {
  return readFileSync(join(repository, path), 'utf8');
}

/** Files below a folder, in alphabetical order. */
export function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(join(repository, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)))
    .sort();
}

const ruleSchema = z.object({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});
const ruleFileSchema = z.object({ groups: z.array(z.object({ name: z.string(), rules: z.array(ruleSchema) })) });

export function shippedRules() {
  return filesBelow('monitoring/rules', '.yml').flatMap((file) =>
    ruleFileSchema
      .parse(parse(read(file)))
      .groups.flatMap((group) => group.rules.map((rule) => ({ file, group: group.name, ...rule }))),
  );
}

function ruleExpressions(): ShippedExpression[] {
  return shippedRules().map(({ file, record, alert, expr, annotations }) => ({
    source: `${file} ${alert ?? record ?? ''}`,
    expr,
    templates: Object.values(annotations ?? {}),
  }));
}

const panelSchema = z.object({
  id: z.number(),
  title: z.string(),
  type: z.string(),
  description: z.string().optional(),
  datasource: z.object({ type: z.string(), uid: z.string() }).optional(),
  gridPos: z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() }),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string().optional() }) }).optional(),
  links: z.array(z.object({ title: z.string(), url: z.string() })).optional(),
  targets: z.array(z.object({ expr: z.string(), legendFormat: z.string() })).optional(),
});
const dashboardSchema = z.object({
  uid: z.string(),
  title: z.string(),
  templating: z.object({
    list: z.array(z.object({ name: z.string(), type: z.string(), query: z.string().optional() })),
  }),
  panels: z.array(panelSchema),
});

export function shippedDashboards() {
  return filesBelow('monitoring/dashboards', '.json').map((file) => ({
    file,
    ...dashboardSchema.parse(JSON.parse(read(file))),
  }));
}

/** What Grafana would put there; any value of the right kind does. */
const grafanaVariables: Readonly<Record<string, string>> = {
  $__rate_interval: '5m',
  $job: 'ticket-enhancer',
  $instance: '.*',
  $tenant: 'acme',
};

function withoutVariables(text: string): string {
  return Object.entries(grafanaVariables).reduce((result, [name, value]) => result.replaceAll(name, value), text);
}

function dashboardExpressions(): ShippedExpression[] {
  return shippedDashboards().flatMap(({ file, panels, templating }) => [
    ...panels.flatMap((panel) =>
      (panel.targets ?? []).map(({ expr, legendFormat }) => ({
        source: `${file} ${panel.title}`,
        expr: withoutVariables(expr),
        templates: [legendFormat],
      })),
    ),
    ...templating.list.flatMap(({ name, query }) => {
      const [, selector, label] = /^label_values\((.+), (\w+)\)$/.exec(query ?? '') ?? [];
      return selector === undefined || label === undefined
        ? []
        : [{ source: `${file} $${name}`, expr: `group by (${label}) (${withoutVariables(selector)})`, templates: [] }];
    }),
  ]);
}

export const documents = (): string[] => [
  ...readdirSync(repository).filter((name) => name.endsWith('.md')),
  ...['docs', 'monitoring', 'k8s'].flatMap((folder) => filesBelow(folder, '.md')),
];

/** In a `promql` block an empty line ends an expression; a line that starts with `#` is a comment. */
function blockExpressions(block: string): string[] {
  return block
    .split(/\n\s*\n/)
    .map((part) => part.replace(/^\s*#.*$/gm, '').trim())
    .filter((part) => part !== '');
}

const fence = /^ *```(\w*)\n(.*?)^ *```$/gms;
/** A code span is PromQL if it calls one of PromQL's functions or operators, with something in the parentheses. */
const inlinePromQl = /\b(rate|increase|deriv|sum|max|min|avg|count|topk|absent|histogram_quantile)\b[^`]*\([^)`…]/;

function documentExpressions(): ShippedExpression[] {
  return documents().flatMap((file) => {
    const text = read(file);
    const blocks = [...text.matchAll(fence)].filter(([, language]) => language === 'promql');
    const spans = [...text.replace(fence, '').matchAll(/`([^`\n]+)`/g)].map(([, code]) => code ?? '');
    return [
      ...blocks.flatMap(([, , block]) => blockExpressions(block ?? '')),
      ...spans.filter((code) => inlinePromQl.test(code)),
    ].map((expr) => ({ source: file, expr, templates: [] }));
  });
}

function scalerExpressions(): ShippedExpression[] {
  const schema = z.object({
    spec: z.object({ triggers: z.array(z.object({ metadata: z.object({ query: z.string() }) })) }),
  });
  const file = 'k8s/components/keda/scaled-object.yaml';
  return schema
    .parse(parse(read(file)))
    .spec.triggers.map(({ metadata }) => ({ source: file, expr: metadata.query, templates: [] }));
}

export function shippedExpressions(): ShippedExpression[] {
  return [...ruleExpressions(), ...dashboardExpressions(), ...documentExpressions(), ...scalerExpressions()];
}

/** Code spans of documents that look like names or selectors of our metrics. */
export function namesInDocuments(families: readonly string[]): { file: string; name: string }[] {
  const span = new RegExp(`^((?:${families.join('|')})_[a-z0-9_]+)(\\{[^}]*\\})?$`);
  return documents().flatMap((file) =>
    [
      ...read(file)
        .replace(fence, '')
        .matchAll(/`([^`\n]+)`/g),
    ].flatMap(([, code]) => {
      const [, name] = span.exec(code ?? '') ?? [];
      return name === undefined ? [] : [{ file, name }];
    }),
  );
}
