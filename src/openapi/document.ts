import { schemas } from './components.js';
import { metricsPaths, metricsSecuritySchemes } from './metrics-port.js';
import { webhookPaths, webhookSecuritySchemes } from './webhook-port.js';

export interface OpenApiOptions {
  readonly version: string;
  readonly httpPort: number;
  readonly metricsPort: number;
}

/**
 * Both ports as one OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1.html). Bodies are described by the very
 * schemas that check them. Names no tenant.
 */
export function openApiDocument({ version, httpPort, metricsPort }: OpenApiOptions): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'ticket-enhancer',
      version,
      summary: 'Makes help-desk tickets better while they are fresh.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    tags: [
      { name: 'webhooks', description: 'For help desks, on HTTP_PORT.' },
      { name: 'operations', description: 'For whoever runs it, on METRICS_PORT.' },
    ],
    servers: [server(httpPort, 'Webhooks')],
    paths: { ...at(server(httpPort, 'Webhooks'), webhookPaths), ...at(server(metricsPort, 'Metrics'), metricsPaths) },
    components: {
      schemas: schemas(),
      securitySchemes: { ...webhookSecuritySchemes, ...metricsSecuritySchemes },
    },
  };
}

/** Under which name this machine is reached is not known here. */
function server(port: number, description: string): object {
  return { url: `http://{host}:${port}`, description, variables: { host: { default: 'localhost' } } };
}

function at(one: object, paths: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, { servers: [one], ...item }]));
}
