/** Prometheus rules as data: https://prometheus.io/docs/prometheus/latest/configuration/recording_rules/ */

export interface RecordingRule {
  readonly record: string;
  readonly expr: string;
}

/** `page` wakes somebody up; `ticket` waits for the working day. */
export type Severity = 'page' | 'ticket';

export interface AlertingRule {
  readonly alert: string;
  readonly expr: string;
  /** How long the expression must hold. Absent where the expression itself spans time already. */
  readonly for?: string;
  readonly labels: Readonly<{ severity: Severity } & Record<string, string>>;
  readonly annotations: Readonly<{ summary: string; description: string; runbook_url: string }>;
}

export interface RuleGroup<Rule = RecordingRule | AlertingRule> {
  readonly name: string;
  /** Printed above the group, for readers of the generated file. */
  readonly comment: string;
  /** Prometheus' `evaluation_interval` where absent. */
  readonly interval?: string;
  readonly rules: readonly Rule[];
}
