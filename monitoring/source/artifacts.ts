import { alertGroups } from './alerts.js';
import { dashboards } from './dashboards/index.js';
import { prometheusConfigMap, prometheusRule } from './kubernetes.js';
import { recordingGroups } from './recording-rules.js';
import { ruleFile } from './rule-file.js';

/** Everything that is generated: path within the repository -> content. The same input gives the same bytes. */
export function artifacts(): ReadonlyMap<string, string> {
  return new Map([
    ['monitoring/rules/ticket-enhancer.rules.yml', ruleFile(recordingGroups)],
    ['monitoring/rules/ticket-enhancer.alerts.yml', ruleFile(alertGroups)],
    ['k8s/prometheus-config.yaml', prometheusConfigMap()],
    ['k8s/components/prometheus-operator/prometheus-rule.yaml', prometheusRule()],
    ...dashboards().map(
      ({ uid, dashboard }) => [`monitoring/dashboards/${uid}.json`, `${JSON.stringify(dashboard, null, 2)}\n`] as const,
    ),
  ]);
}
