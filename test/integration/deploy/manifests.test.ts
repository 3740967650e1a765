import { describe, expect, it } from '@jest/globals';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import { z } from 'zod';
import { variables } from '../../../src/config/variables.js';
import { kubernetesResource, type Resource } from '../../support/kubernetes-schema.js';
import { filesBelow, read, repository } from '../../support/shipped-expressions.js';

function documentsOf(path: string): unknown[] {
  return parseAllDocuments(read(path)).map((document) => {
    if (document.errors.length > 0) throw new Error(`${path}: ${document.errors.join(', ')}`);
    return document.toJS();
  });
}

const manifestFiles = filesBelow('k8s', '.yaml');
const kustomizations = manifestFiles.filter((path) => path.endsWith('kustomization.yaml'));
const resources: readonly Resource[] = manifestFiles
  .filter((path) => !kustomizations.includes(path))
  .flatMap((path) => documentsOf(path).map((document) => kubernetesResource(path).parse(document)));

function ofKind<K extends Resource['kind']>(kind: K): Extract<Resource, { kind: K }>[] {
  return resources.filter((resource): resource is Extract<Resource, { kind: K }> => resource.kind === kind);
}

const deployments = ofKind('Deployment');
const podLabels = deployments.map(({ spec }) => spec.template.metadata.labels);
const chosenBy = (selector: Readonly<Record<string, string>>) =>
  deployments.filter(({ spec }) =>
    Object.entries(selector).every(([label, value]) => spec.template.metadata.labels[label] === value),
  );
const containers = deployments.flatMap(({ spec }) => spec.template.spec.containers);
const kustomizationSchema = z.strictObject({
  apiVersion: z.string().regex(/^kustomize\.config\.k8s\.io\/v1(beta1|alpha1)$/),
  kind: z.enum(['Kustomization', 'Component']),
  namespace: z.string().optional(),
  resources: z.array(z.string()).default([]),
  components: z.array(z.string()).default([]),
  images: z.array(z.strictObject({ name: z.string(), newTag: z.string() })).optional(),
  patches: z
    .array(z.strictObject({ target: z.strictObject({ kind: z.string(), name: z.string() }), patch: z.string() }))
    .optional(),
});

describe('Kubernetes manifests', () => {
  it('are all of known kinds, and every one is part of a kustomization', () => {
    const used = kustomizations.flatMap((path) => {
      const folder = path.slice(0, path.lastIndexOf('/'));
      const { resources: files, components } = kustomizationSchema.parse(parse(read(path)));
      return [...files, ...components].map((name) => normalize(join(folder, name)));
    });
    expect(used.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
    const orphans = manifestFiles.filter((path) => !kustomizations.includes(path) && !used.includes(path));
    expect(orphans).toEqual(['k8s/prometheus-config.yaml']);
  });

  it('patch what exists', () => {
    for (const path of kustomizations) {
      for (const { target } of kustomizationSchema.parse(parse(read(path))).patches ?? []) {
        expect(resources.some(({ kind, metadata }) => kind === target.kind && metadata.name === target.name)).toBe(
          true,
        );
      }
    }
  });

  it('choose pods that exist, and deployments their own', () => {
    for (const { spec, metadata } of deployments) {
      expect(chosenBy(spec.selector.matchLabels).map((found) => found.metadata.name)).toEqual([metadata.name]);
    }
    const selectors = [
      ...ofKind('Service').map(({ spec }) => spec.selector),
      ...ofKind('PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels),
      ...ofKind('NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels),
    ];
    expect(selectors.filter((selector) => chosenBy(selector).length === 0)).toEqual([]);
  });

  it('name ports that the pods have', () => {
    const portsOf = (selector: Readonly<Record<string, string>>) =>
      chosenBy(selector).map(({ spec }) =>
        spec.template.spec.containers.flatMap(({ ports }) => ports.map(({ name }) => name)),
      );
    for (const { spec } of ofKind('Service')) {
      for (const { targetPort } of spec.ports) {
        for (const ports of portsOf(spec.selector)) expect(ports).toContain(targetPort);
      }
    }
    for (const { spec } of ofKind('NetworkPolicy')) {
      for (const { port } of spec.ingress.flatMap(({ ports }) => ports)) {
        for (const ports of portsOf(spec.podSelector.matchLabels)) expect(ports).toContain(port);
      }
    }
    for (const { ports, startupProbe, livenessProbe, readinessProbe } of containers) {
      const names = ports.map(({ name }) => name);
      for (const { httpGet } of [startupProbe, livenessProbe, readinessProbe]) expect(names).toContain(httpGet.port);
    }
  });

  it('set variables of the service only, and none twice', () => {
    const fromMaps = ofKind('ConfigMap').find(({ metadata }) => metadata.name === 'ticket-enhancer');
    for (const { env } of containers) {
      const names = [...env.map(({ name }) => name), ...Object.keys(fromMaps?.data ?? {})];
      expect(names.filter((name) => !(name in variables))).toEqual([]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  it('split the roles', () => {
    const counts = containers.map(({ env }) =>
      ['HTTP_PROCESSES', 'WORKER_PROCESSES'].map((name) => env.find((variable) => variable.name === name)?.value),
    );
    expect(counts).toEqual([
      ['2', '0'],
      ['0', '2'],
    ]);
  });

  it('refer to ConfigMaps and volumes that exist', () => {
    const maps = ofKind('ConfigMap').map(({ metadata }) => metadata.name);
    for (const { spec } of deployments) {
      const { volumes, containers: own } = spec.template.spec;
      for (const { configMap } of volumes) if (configMap !== undefined) expect(maps).toContain(configMap.name);
      const names = volumes.map(({ name }) => name);
      for (const { volumeMounts, envFrom } of own) {
        expect(volumeMounts.map(({ name }) => name).sort()).toEqual([...names].sort());
        for (const { configMapRef } of envFrom) expect(maps).toContain(configMapRef.name);
      }
    }
  });

  it('hold no secret, and the Secrets that they want are described', () => {
    expect(resources.map(({ kind }) => kind)).not.toContain('Secret');
    const wanted = [
      ...containers.flatMap(({ env }) => env.flatMap(({ valueFrom }) => valueFrom?.secretKeyRef.name ?? [])),
      ...deployments.flatMap(({ spec }) =>
        spec.template.spec.volumes.flatMap(({ secret }) => secret?.secretName ?? []),
      ),
    ];
    for (const name of new Set(wanted)) expect(read('k8s/README.md')).toContain(`secret generic ${name} `);
  });

  it('give a pod more time to stop than the service takes', () => {
    const shutdownMs = Number(
      ofKind('ConfigMap').find(({ metadata }) => metadata.name === 'ticket-enhancer')?.data['SHUTDOWN_TIMEOUT_MS'],
    );
    for (const { spec } of deployments) {
      const preStop = spec.template.spec.containers.map(({ lifecycle }) =>
        Number(lifecycle?.preStop.exec.command[1] ?? 0),
      );
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(
        shutdownMs / 1000 + Math.max(...preStop),
      );
    }
  });

  it('let only Prometheus reach the metrics port', () => {
    const rules = ofKind('NetworkPolicy').flatMap(({ spec }) =>
      spec.ingress.filter(({ ports }) => ports.some(({ port }) => port === 'metrics')),
    );
    expect(rules).toHaveLength(1);
    expect(rules[0]?.from).toEqual([
      {
        namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'monitoring' } },
        podSelector: { matchLabels: { 'app.kubernetes.io/name': 'prometheus' } },
      },
    ]);
    // Every pod is chosen by a policy: what none allows is refused.
    const chosen = ofKind('NetworkPolicy').flatMap(({ spec }) => chosenBy(spec.podSelector.matchLabels));
    expect(new Set(chosen)).toEqual(new Set(deployments));
  });

  it('scale what exists: http by CPU, and so without a fixed number; workers by the queue', () => {
    const [http] = ofKind('HorizontalPodAutoscaler');
    expect(
      deployments.find(({ metadata }) => metadata.name === http?.spec.scaleTargetRef.name)?.spec.replicas,
    ).toBeUndefined();
    const [worker] = ofKind('ScaledObject');
    expect(deployments.map(({ metadata }) => metadata.name)).toContain(worker?.spec.scaleTargetRef.name);
  });

  it('lead the Prometheus operator to the metrics port, under the job that the rules name', () => {
    const [monitor] = ofKind('ServiceMonitor');
    const services = ofKind('Service').filter(({ metadata }) =>
      Object.entries(monitor?.spec.selector.matchLabels ?? {}).every(
        ([label, value]) => metadata.labels[label] === value,
      ),
    );
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['ticket-enhancer-metrics']);
    expect(services[0]?.spec.ports.map(({ name }) => name)).toEqual(monitor?.spec.endpoints.map(({ port }) => port));
    expect(services[0]?.metadata.labels[monitor?.spec.jobLabel ?? '']).toBe('ticket-enhancer');
    expect(podLabels.every((labels) => labels['app.kubernetes.io/name'] === 'ticket-enhancer')).toBe(true);
  });
});

const composeService = z.looseObject({
  image: z.string(),
  user: z.string().regex(/^[1-9]\d*:\d+$/, 'not root, by number'),
  healthcheck: z.strictObject({
    test: z.array(z.string()).min(2),
    interval: z.string(),
    timeout: z.string(),
    retries: z.number(),
    start_period: z.string().optional(),
  }),
  environment: z.record(z.string(), z.string().nullable()).default({}),
  networks: z.array(z.string()),
  volumes: z.array(z.string()).default([]),
  command: z.array(z.string()).default([]),
  cap_drop: z.tuple([z.literal('ALL')]),
});
const composeSchema = z.strictObject({
  services: z.record(z.string(), composeService),
  networks: z.record(z.string(), z.strictObject({ internal: z.boolean().optional() }).nullable()),
  volumes: z.record(z.string(), z.null()),
});

describe('docker-compose.yml', () => {
  const compose = composeSchema.parse(parse(read('docker-compose.yml')));
  const service = (name: string) => composeService.parse(compose.services[name]);

  it('has the service and everything around it, each without root and with a health check', () => {
    expect(Object.keys(compose.services)).toEqual([
      'ticket-enhancer',
      'redis',
      'prometheus',
      'alertmanager',
      'grafana',
    ]);
  });

  it('mounts files and volumes that exist, and uses networks that exist', () => {
    for (const { volumes, networks } of Object.values(compose.services)) {
      for (const volume of volumes) {
        const [from = ''] = volume.split(':');
        // ./config is the user's own.
        const exists = from.startsWith('./')
          ? from === './config' || existsSync(join(repository, from))
          : from in compose.volumes;
        expect([from, exists]).toEqual([from, true]);
      }
      for (const network of networks) expect(compose.networks).toHaveProperty(network);
    }
  });

  it('sets variables of the service and one of Node, and no secret', () => {
    const { environment } = service('ticket-enhancer');
    expect(Object.keys(environment).filter((name) => !(name in variables))).toEqual(['NODE_EXTRA_CA_CERTS']);
    const secrets = Object.entries(variables).flatMap(([name, variable]) => ('secret' in variable ? [name] : []));
    const given = secrets.filter((name) => name !== 'REDIS_URL' && typeof environment[name] === 'string');
    expect(given).toEqual([]);
    // REDIS_URL counts as secret for the password that it may hold; this one holds none.
    expect(environment['REDIS_URL']).toBe('redis://redis:6379');
  });

  it('passes on every variable that `.env` may set', () => {
    // Redis has a container of its own, and the ports are those of the mappings.
    const fixed = ['DATA_DIR', 'HTTP_PORT', 'METRICS_PORT'];
    const { environment } = service('ticket-enhancer');
    const passed = Object.keys(variables).filter((name) => !fixed.includes(name));
    expect(Object.keys(environment).toSorted()).toEqual([...passed, 'NODE_EXTRA_CA_CERTS'].toSorted());
    const set = Object.entries(environment).filter(([, value]) => value !== null);
    expect(set.map(([name]) => name).toSorted()).toEqual(['HTTP_HOST', 'METRICS_HOST', 'NODE_ENV', 'REDIS_URL']);
  });

  it('keeps what the service promises: Redis on disk and to itself, ninety days of metrics', () => {
    const redis = service('redis');
    expect(redis.command.join(' ')).toContain('--appendonly yes --appendfsync always --maxmemory-policy noeviction');
    expect(redis.networks).toEqual(['queue']);
    expect(compose.networks['queue']?.internal).toBe(true);
    expect(service('prometheus').command).toContain('--storage.tsdb.retention.time=90d');
  });

  it('is accepted by docker-compose, where there is one', () => {
    const found = spawnSync('docker-compose', ['config', '-q'], { cwd: repository, encoding: 'utf8' });
    // Not there: the schema above has to do. There: it must be content.
    if (found.error === undefined) expect([found.status, found.stderr]).toEqual([0, '']);
    else expect('code' in found.error && found.error.code).toBe('ENOENT');
  });
});

describe('Dockerfile', () => {
  const instructions = read('Dockerfile')
    .replace(/\\\n/g, ' ')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'));
  const final = instructions.slice(instructions.findLastIndex((line) => line.startsWith('FROM')));

  it('ends in a stage without root, in which signals reach the primary', () => {
    expect(instructions.filter((line) => line.startsWith('FROM'))).toHaveLength(2);
    expect(final).toContain('USER 1000:1000');
    expect(final.at(-1)).toBe('CMD ["node", "dist/main.js"]');
    expect(final.join('\n')).toMatch(/METRICS_HOST=0\.0\.0\.0/);
  });

  it('copies only what .dockerignore lets in', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const copied = instructions
      .filter((line) => line.startsWith('COPY') && !line.includes('--from'))
      .flatMap((line) =>
        line
          .split(/\s+/)
          .slice(1, -1)
          .filter((part) => !part.startsWith('--')),
      )
      .map((path) => path.replace(/^\.\//, ''));
    expect(copied.filter((path) => !allowed.includes(path))).toEqual([]);
    expect(copied.filter((path) => !existsSync(join(repository, path)))).toEqual([]);
  });

  it('has a health check that runs, and fails without a service', () => {
    const check = /CMD (\["node", "-e".*\])$/.exec(final.find((line) => line.startsWith('HEALTHCHECK')) ?? '')?.[1];
    const [, ...parameters] = z.array(z.string()).parse(JSON.parse(check ?? ''));
    const ask = () => execFileSync(process.execPath, parameters, { env: { METRICS_PORT: '1' }, stdio: 'pipe' });
    expect(ask).toThrow(expect.objectContaining({ status: 1, stderr: Buffer.alloc(0) }));
  });
});

describe('images', () => {
  const pinned = /^(?:[a-z0-9.-]+\/)*[a-z0-9-]+:(?<tag>[\w.-]+)@sha256:[0-9a-f]{64}$/;
  /** Of each container that is not built here. */
  const foreign = [
    ...Object.values(composeSchema.parse(parse(read('docker-compose.yml'))).services).map(({ image }) => image),
    ...containers.map(({ image }) => image),
    ...[...read('Dockerfile').matchAll(/^ARG NODE_IMAGE=(.*)$/gm)].map(([, image = '']) => image),
  ].filter((image) => !/^ticket-enhancer(?::|$)/.test(image));

  it('of others are named by a full version and a digest', () => {
    expect(foreign).toHaveLength(5);
    for (const image of foreign) {
      expect(image).toMatch(pinned);
      expect(pinned.exec(image)?.groups?.['tag']).toMatch(/^v?\d+\.\d+\.\d+(?:-|$)/);
    }
    const from = [...read('Dockerfile').matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
    expect(from).toEqual(['${NODE_IMAGE}', '${NODE_IMAGE}']);
  });

  it('of our own have no tag that moves', () => {
    const tags = kustomizations.flatMap((path) => kustomizationSchema.parse(parse(read(path))).images ?? []);
    for (const { newTag } of tags) expect(newTag).not.toBe('latest');
    expect(read('docker-compose.yml')).not.toMatch(/:latest\b/);
  });
});

describe('Alertmanager and Grafana', () => {
  it('know every receiver and alert that they name', () => {
    const matcher = z.array(z.string());
    const { receivers, route, inhibit_rules } = z
      .object({
        receivers: z.array(z.object({ name: z.string() })),
        route: z.object({
          receiver: z.string(),
          routes: z.array(z.object({ receiver: z.string(), matchers: matcher })),
        }),
        inhibit_rules: z.array(
          z.object({ source_matchers: matcher, target_matchers: matcher, equal: z.array(z.string()) }),
        ),
      })
      .parse(parse(read('monitoring/alertmanager/alertmanager.yml')));
    const names = receivers.map(({ name }) => name);
    for (const { receiver } of [route, ...route.routes]) expect(names).toContain(receiver);
    const alerts = inhibit_rules
      .flatMap(({ source_matchers, target_matchers }) => [...source_matchers, ...target_matchers])
      .flatMap((text) => text.match(/Enhancement\w+/g) ?? []);
    const rules = read('monitoring/rules/ticket-enhancer.alerts.yml');
    expect(alerts.filter((name) => !rules.includes(`alert: ${name}\n`))).toEqual([]);
    // Of one instance of many, an alert silences none of the whole fleet and none of another instance.
    for (const { source_matchers } of inhibit_rules.filter(({ source_matchers: one }) =>
      one.join().includes('TargetDown'),
    ))
      expect(source_matchers).toContain('instance=""');
  });

  it('provision the data source and the folder that docker-compose mounts', () => {
    const compose = read('docker-compose.yml');
    const dashboards = parse(read('monitoring/grafana/provisioning/dashboards/ticket-enhancer.yml'));
    const { providers } = z
      .object({ providers: z.tuple([z.object({ options: z.object({ path: z.string() }) })]) })
      .parse(dashboards);
    expect(compose).toContain(`./monitoring/dashboards:${providers[0].options.path}:ro`);
    const [, home = ''] = /HOME_DASHBOARD_PATH: \/var\/lib\/grafana\/(\S+)/.exec(compose) ?? [];
    expect(existsSync(join(repository, 'monitoring', home))).toBe(true);
    const source = z
      .object({
        datasources: z.tuple([z.object({ type: z.literal('prometheus'), url: z.literal('http://prometheus:9090') })]),
      })
      .safeParse(parse(read('monitoring/grafana/provisioning/datasources/prometheus.yml')));
    expect(source.success).toBe(true);
  });
});
