import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** How long a failing collector is not mentioned again. Milliseconds. */
const silenceMs = 300_000;

export interface ExporterOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** At the first failure, and every five minutes while it goes on. */
  readonly onFailing: (error: Error) => void;
  readonly onRecovered: () => void;
}

/** OTLP over HTTP, as JSON: gone when it cannot be delivered within ten seconds. */
export function createExporter({ endpoint, headers, onFailing, onRecovered }: ExporterOptions): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  let failing = false;
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error === undefined) {
          if (failing) onRecovered();
          failing = false;
        } else if (!failing || performance.now() - toldAtMs > silenceMs) {
          failing = true;
          toldAtMs = performance.now();
          onFailing(result.error);
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
