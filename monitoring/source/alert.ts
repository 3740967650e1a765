import type { AlertingRule, Severity } from './rule.js';
import { site } from './site.js';

interface AlertText {
  readonly severity: Severity;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** One line for the pager; may use Prometheus' templates. */
  readonly summary: string;
  /** What it means for the people who wait for notes, and the first thing to do. */
  readonly description: string;
}

/** An alert with its runbook, which `docs/operations/runbooks/` holds under the alert's name. */
export function alert(name: string, expr: string, text: AlertText): AlertingRule {
  return {
    alert: name,
    expr,
    ...(text.for === undefined ? {} : { for: text.for }),
    labels: { severity: text.severity, ...text.labels },
    annotations: {
      summary: text.summary,
      description: text.description,
      runbook_url: `${site.runbookBase}/${name}.md`,
    },
  };
}
