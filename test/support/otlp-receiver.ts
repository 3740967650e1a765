import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { listenOnFreePort, readBody } from './http-server.js';

/** A collector that speaks OTLP over HTTP with JSON, `/v1/traces` alone, and keeps what it gets to be looked at. */

type Value = string | number | boolean;

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  /** Undefined: the root of its trace. */
  readonly parentSpanId: string | undefined;
  readonly name: string;
  /** As OTLP numbers them: 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly attributes: Readonly<Record<string, Value>>;
  /** 0 unset, 1 ok, 2 error. */
  readonly status: { readonly code: number; readonly message: string | undefined };
  readonly resource: Readonly<Record<string, Value>>;
}

export interface OtlpReceiver {
  /** For `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly spans: ReceivedSpan[];
  /** Every request's body as it came, to be searched for what must not be in it. */
  readonly bodies: string[];
  readonly headers: IncomingHttpHeaders[];
  /** Answers from now on; default: 200 with an empty object. */
  answer(how: (response: ServerResponse) => void): void;
  close(): Promise<void>;
}

const valueSchema = z
  .strictObject({
    stringValue: z.string(),
    intValue: z.union([z.string(), z.number()]).transform(Number),
    doubleValue: z.number(),
    boolValue: z.boolean(),
  })
  .partial()
  .transform(
    ({ stringValue, intValue, doubleValue, boolValue }) => stringValue ?? intValue ?? doubleValue ?? boolValue,
  );
const attributesSchema = z
  .array(z.object({ key: z.string(), value: valueSchema }))
  .transform(
    (all): Record<string, Value> =>
      Object.fromEntries(all.flatMap(({ key, value }) => (value === undefined ? [] : [[key, value]]))),
  );
const nanoseconds = z
  .string()
  .regex(/^\d+$/)
  .transform((text) => Number(BigInt(text) / 1000n) / 1000);
const spanSchema = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z
    .string()
    .regex(/^[0-9a-f]{16}$/)
    .optional(),
  name: z.string(),
  kind: z.number(),
  startTimeUnixNano: nanoseconds,
  endTimeUnixNano: nanoseconds,
  attributes: attributesSchema,
  status: z.object({ code: z.number(), message: z.string().optional() }),
});
const requestSchema = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: attributesSchema }),
      scopeSpans: z.array(z.object({ spans: z.array(spanSchema) })),
    }),
  ),
});

export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const bodies: string[] = [];
  const headers: IncomingHttpHeaders[] = [];
  let answer = (response: ServerResponse): void => {
    response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
  };
  const server = createServer((request, response) => {
    readBody(request).then((body) => {
      if (request.method !== 'POST' || request.url !== '/v1/traces') return void response.writeHead(404).end();
      bodies.push(body);
      headers.push(request.headers);
      for (const { resource, scopeSpans } of requestSchema.parse(JSON.parse(body)).resourceSpans) {
        for (const { startTimeUnixNano, endTimeUnixNano, ...span } of scopeSpans.flatMap((scope) => scope.spans)) {
          spans.push({
            ...span,
            parentSpanId: span.parentSpanId,
            status: { ...span.status, message: span.status.message },
            startedAtMs: startTimeUnixNano,
            endedAtMs: endTimeUnixNano,
            resource: resource.attributes,
          });
        }
      }
      answer(response);
    }, response.destroy.bind(response));
  });
  const { port, close } = await listenOnFreePort(server);
  return {
    endpoint: `http://127.0.0.1:${port}`,
    spans,
    bodies,
    headers,
    answer: (how) => {
      answer = how;
    },
    close,
  };
}
