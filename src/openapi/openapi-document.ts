import { schemas } from './components.js';
import { metricsPaths, metricsSecuritySchemes } from './metrics-operations.js';
import { webhookPaths, webhookSecuritySchemes } from './webhook-operations.js';

export interface OpenApiOptions {
  readonly version: string;
  readonly httpPort: number;
  readonly metricsPort: number;
}

/**
 * Both ports as one OpenAPI 3.1 document (https://spec.openapis.org/oas/v3.1.1.html). Bodies are described by the schemas
 * that validate them. No tenant is named.
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
      { name: 'operations', description: 'For operators, on METRICS_PORT.' },
    ],
    servers: [server(httpPort, 'Webhooks')],
    paths: { ...at(server(httpPort, 'Webhooks'), webhookPaths), ...at(server(metricsPort, 'Metrics'), metricsPaths) },
    components: {
      schemas: schemas(),
      securitySchemes: { ...webhookSecuritySchemes, ...metricsSecuritySchemes },
    },
  };
}

/** The name under which clients reach this machine is unknown, hence a variable. */
function server(port: number, description: string): object {
  return { url: `http://{host}:${port}`, description, variables: { host: { default: 'localhost' } } };
}

function at(one: object, paths: Readonly<Record<string, object>>): Record<string, object> {
  return Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, { servers: [one], ...item }]));
}
