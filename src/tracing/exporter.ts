import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import type { SpanExporter } from '@opentelemetry/sdk-trace-node';

/** Interval between reports of a failing collector. Milliseconds. */
const reportEveryMs = 300_000;

export interface ExporterOptions {
  /** Without `/v1/traces`. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>> | undefined;
  /** Called at the first failure, and every five minutes while the collector fails. */
  readonly onFailing: (error: Error) => void;
  readonly onRecovered: () => void;
}

/** Exports over OTLP/HTTP as JSON. Spans that cannot be delivered within ten seconds are dropped. */
export function createExporter({ endpoint, headers, onFailing, onRecovered }: ExporterOptions): SpanExporter {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/(?<!\/)\/+$/, '')}/v1/traces`,
    ...(headers === undefined ? {} : { headers: { ...headers } }),
  });
  let failing = false;
  let reportedAtMs = Number.NEGATIVE_INFINITY;
  return {
    export(spans, done) {
      exporter.export(spans, (result) => {
        if (result.error === undefined) {
          if (failing) onRecovered();
          failing = false;
        } else if (!failing || performance.now() - reportedAtMs > reportEveryMs) {
          failing = true;
          reportedAtMs = performance.now();
          onFailing(result.error);
        }
        done(result);
      });
    },
    forceFlush: () => exporter.forceFlush(),
    shutdown: () => exporter.shutdown(),
  };
}
