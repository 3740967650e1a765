import { dependencyAlerts, processAlerts, queueAlerts, stateAlerts } from './operations-alerts.js';
import type { AlertingRule, RuleGroup } from './rule.js';
import { sloAlerts } from './slo-alerts.js';

export const alertGroups: readonly RuleGroup<AlertingRule>[] = [
  { name: 'ticket-enhancer.slo', comment: 'What users feel.', rules: sloAlerts },
  { name: 'ticket-enhancer.backlog', comment: 'Work that comes in and is not done.', rules: queueAlerts },
  { name: 'ticket-enhancer.state', comment: 'What an instance says of itself.', rules: stateAlerts },
  { name: 'ticket-enhancer.processes', comment: 'Instances and their processes.', rules: processAlerts },
  {
    name: 'ticket-enhancer.dependencies',
    comment: 'Model, desk, and the metrics themselves.',
    rules: dependencyAlerts,
  },
];

/** Every alert's name once, in the order of the files. */
export const alertNames: readonly string[] = [
  ...new Set(alertGroups.flatMap((group) => group.rules.map((rule) => rule.alert))),
];
