import { Document, stringify } from 'yaml';
import { alertGroups } from './alerts.js';
import { recordingGroups } from './recording-rules.js';
import { generatedNotice, plainGroups, ruleFile, yamlFormat } from './rule-file.js';
import { site } from './site.js';

const groups = [...recordingGroups, ...alertGroups];
const labels = { 'app.kubernetes.io/name': site.job, 'app.kubernetes.io/component': 'monitoring' };

function manifest(content: object): string {
  const document = new Document(content);
  document.commentBefore = ` ${generatedNotice}`;
  return document.toString(yamlFormat);
}

/** Finds every pod of the service by its labels, and names targets after pods rather than addresses. */
const scrapeConfig = {
  global: { scrape_interval: '15s', scrape_timeout: '10s', evaluation_interval: '15s' },
  rule_files: ['/etc/prometheus/ticket-enhancer.rules.yml', '/etc/prometheus/ticket-enhancer.alerts.yml'],
  alerting: { alertmanagers: [{ static_configs: [{ targets: ['alertmanager:9093'] }] }] },
  scrape_configs: [
    {
      job_name: site.job,
      kubernetes_sd_configs: [{ role: 'pod' }],
      relabel_configs: [
        {
          source_labels: [
            '__meta_kubernetes_pod_label_app_kubernetes_io_name',
            '__meta_kubernetes_pod_container_port_name',
          ],
          regex: `${site.job};metrics`,
          action: 'keep',
        },
        // A pod that has ended stays listed for a while; it is no target that is down.
        { source_labels: ['__meta_kubernetes_pod_phase'], regex: 'Succeeded|Failed', action: 'drop' },
        { source_labels: ['__meta_kubernetes_namespace'], target_label: 'namespace' },
        { source_labels: ['__meta_kubernetes_pod_name'], target_label: 'instance' },
      ],
    },
  ],
};

/** For a Prometheus without the operator: its configuration and our rules, to mount at /etc/prometheus. */
export function prometheusConfigMap(): string {
  return manifest({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'ticket-enhancer-prometheus', labels },
    data: {
      'prometheus.yml': stringify(scrapeConfig, yamlFormat),
      'ticket-enhancer.rules.yml': ruleFile(recordingGroups),
      'ticket-enhancer.alerts.yml': ruleFile(alertGroups),
    },
  });
}

/** For the Prometheus operator. */
export function prometheusRule(): string {
  return manifest({
    apiVersion: 'monitoring.coreos.com/v1',
    kind: 'PrometheusRule',
    metadata: { name: 'ticket-enhancer', labels },
    spec: { groups: plainGroups(groups) },
  });
}
