import { z } from 'zod';

/**
 * The part of Kubernetes' API that our manifests use, strictly: a misspelled or misplaced field, which Kubernetes would
 * drop or refuse, does not parse.
 */

const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'not a DNS label');
const labels = z.record(z.string(), z.string());
const metadata = z.strictObject({
  name,
  labels: labels.refine((own) => own['app.kubernetes.io/name'] === 'ticket-enhancer'),
});
const selector = z.strictObject({ matchLabels: labels });
const probe = z.strictObject({
  httpGet: z.strictObject({ path: z.enum(['/health', '/healthz', '/readyz']), port: z.string() }),
  periodSeconds: z.number().positive(),
  timeoutSeconds: z.number().positive(),
  failureThreshold: z.number().positive().optional(),
});

const secretVariable = z.strictObject({
  secretKeyRef: z.strictObject({ name, key: z.string(), optional: z.boolean().optional() }),
});
const quantity = z.string().regex(/^\d+(m|Mi|Gi)?$/);

const container = z.strictObject({
  name,
  image: z.string(),
  // Values are strings: an unquoted number is refused by the API server.
  env: z.array(
    z.strictObject({ name: z.string(), value: z.string().optional(), valueFrom: secretVariable.optional() }),
  ),
  envFrom: z.array(z.strictObject({ configMapRef: z.strictObject({ name }) })),
  ports: z.array(z.strictObject({ name: name.max(15), containerPort: z.number() })),
  startupProbe: probe,
  livenessProbe: probe,
  readinessProbe: probe,
  lifecycle: z
    .strictObject({ preStop: z.strictObject({ exec: z.strictObject({ command: z.array(z.string()) }) }) })
    .optional(),
  resources: z.strictObject({
    requests: z.strictObject({ cpu: quantity, memory: quantity }),
    limits: z.strictObject({ memory: quantity, cpu: quantity.optional() }),
  }),
  securityContext: z.strictObject({
    allowPrivilegeEscalation: z.literal(false),
    readOnlyRootFilesystem: z.literal(true),
    capabilities: z.strictObject({ drop: z.tuple([z.literal('ALL')]) }),
  }),
  volumeMounts: z.array(
    z.strictObject({ name, mountPath: z.string().startsWith('/'), readOnly: z.boolean().optional() }),
  ),
});

const volume = z.strictObject({
  name,
  configMap: z.strictObject({ name }).optional(),
  secret: z.strictObject({ secretName: name, defaultMode: z.literal(0o440) }).optional(),
  emptyDir: z.strictObject({ medium: z.literal('Memory').optional(), sizeLimit: quantity }).optional(),
});

const podSpec = z.strictObject({
  serviceAccountName: name,
  automountServiceAccountToken: z.literal(false),
  enableServiceLinks: z.literal(false),
  terminationGracePeriodSeconds: z.number(),
  securityContext: z.strictObject({
    runAsNonRoot: z.literal(true),
    runAsUser: z.number().positive(),
    runAsGroup: z.number().positive(),
    fsGroup: z.number().positive(),
    seccompProfile: z.strictObject({ type: z.literal('RuntimeDefault') }),
  }),
  topologySpreadConstraints: z.array(
    z.strictObject({
      maxSkew: z.number(),
      topologyKey: z.string(),
      whenUnsatisfiable: z.enum(['ScheduleAnyway', 'DoNotSchedule']),
      labelSelector: selector,
    }),
  ),
  containers: z.array(container),
  volumes: z.array(volume),
});

const deployment = z.strictObject({
  apiVersion: z.literal('apps/v1'),
  kind: z.literal('Deployment'),
  metadata,
  spec: z.strictObject({
    replicas: z.number().optional(),
    strategy: z.strictObject({ rollingUpdate: z.strictObject({ maxSurge: z.number(), maxUnavailable: z.number() }) }),
    selector,
    template: z.strictObject({ metadata: z.strictObject({ labels }), spec: podSpec }),
  }),
});

const service = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Service'),
  metadata,
  spec: z.strictObject({
    clusterIP: z.literal('None').optional(),
    publishNotReadyAddresses: z.boolean().optional(),
    selector: labels,
    ports: z.array(z.strictObject({ name, port: z.number(), targetPort: z.string() })),
  }),
});

const configMap = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ConfigMap'),
  metadata,
  data: z.record(z.string().regex(/^[-._a-zA-Z0-9]+$/), z.string()),
});

const namespace = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('Namespace'),
  metadata: z.strictObject({ name, labels }),
});

const serviceAccount = z.strictObject({
  apiVersion: z.literal('v1'),
  kind: z.literal('ServiceAccount'),
  metadata,
  automountServiceAccountToken: z.literal(false),
});

const disruptionBudget = z.strictObject({
  apiVersion: z.literal('policy/v1'),
  kind: z.literal('PodDisruptionBudget'),
  metadata,
  spec: z
    .strictObject({ minAvailable: z.number().optional(), maxUnavailable: z.number().optional(), selector })
    .refine(
      (spec) => (spec.minAvailable === undefined) !== (spec.maxUnavailable === undefined),
      'exactly one of the two',
    ),
});

const networkPolicy = z.strictObject({
  apiVersion: z.literal('networking.k8s.io/v1'),
  kind: z.literal('NetworkPolicy'),
  metadata,
  spec: z.strictObject({
    podSelector: selector,
    policyTypes: z.array(z.enum(['Ingress', 'Egress'])),
    ingress: z.array(
      z.strictObject({
        // Both selectors in one entry: in this namespace AND with these labels. As two entries they would be an OR.
        from: z.array(z.strictObject({ namespaceSelector: selector, podSelector: selector })).optional(),
        ports: z.array(z.strictObject({ protocol: z.literal('TCP'), port: z.string() })),
      }),
    ),
  }),
});

const autoscaler = z.strictObject({
  apiVersion: z.literal('autoscaling/v2'),
  kind: z.literal('HorizontalPodAutoscaler'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ apiVersion: z.literal('apps/v1'), kind: z.literal('Deployment'), name }),
    minReplicas: z.number(),
    maxReplicas: z.number(),
    metrics: z.array(
      z.strictObject({
        type: z.literal('Resource'),
        resource: z.strictObject({
          name: z.enum(['cpu', 'memory']),
          target: z.strictObject({ type: z.literal('Utilization'), averageUtilization: z.number() }),
        }),
      }),
    ),
  }),
});

const serviceMonitor = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('ServiceMonitor'),
  metadata,
  spec: z.strictObject({
    jobLabel: z.string(),
    selector,
    endpoints: z.array(
      z.strictObject({
        port: z.string(),
        path: z.literal('/metrics'),
        interval: z.string(),
        scrapeTimeout: z.string(),
        relabelings: z.array(z.strictObject({ sourceLabels: z.array(z.string()), targetLabel: z.string() })),
      }),
    ),
  }),
});

const rule = z.strictObject({
  record: z.string().optional(),
  alert: z.string().optional(),
  expr: z.string(),
  for: z.string().optional(),
  labels: labels.optional(),
  annotations: labels.optional(),
});
const prometheusRule = z.strictObject({
  apiVersion: z.literal('monitoring.coreos.com/v1'),
  kind: z.literal('PrometheusRule'),
  metadata,
  spec: z.strictObject({
    groups: z.array(z.strictObject({ name: z.string(), interval: z.string().optional(), rules: z.array(rule) })),
  }),
});

const scaledObject = z.strictObject({
  apiVersion: z.literal('keda.sh/v1alpha1'),
  kind: z.literal('ScaledObject'),
  metadata,
  spec: z.strictObject({
    scaleTargetRef: z.strictObject({ name }),
    minReplicaCount: z.number(),
    maxReplicaCount: z.number(),
    pollingInterval: z.number(),
    cooldownPeriod: z.number(),
    fallback: z.strictObject({ failureThreshold: z.number(), replicas: z.number() }),
    triggers: z.array(
      z.strictObject({
        type: z.literal('prometheus'),
        // Metadata of a trigger is strings, numbers included.
        metadata: z.strictObject({
          serverAddress: z.url(),
          ignoreNullValues: z.enum(['true', 'false']),
          query: z.string(),
          threshold: z.string(),
        }),
      }),
    ),
  }),
});

const resource = z.discriminatedUnion('kind', [
  namespace,
  serviceAccount,
  configMap,
  deployment,
  service,
  disruptionBudget,
  networkPolicy,
  autoscaler,
  serviceMonitor,
  prometheusRule,
  scaledObject,
]);

export type Resource = z.output<typeof resource>;

/** The schema of any resource that we ship; errors name the file. */
export function kubernetesResource(path: string) {
  return {
    parse(document: unknown): Resource {
      const parsed = resource.safeParse(document);
      if (!parsed.success) throw new Error(`${path}:\n${z.prettifyError(parsed.error)}`);
      return parsed.data;
    },
  };
}
