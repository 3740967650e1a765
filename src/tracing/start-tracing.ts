import { type SpanContext, trace, TraceFlags } from '@opentelemetry/api';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import type { Config } from '../config/config.js';
import { version } from '../config/version.js';
import { within } from '../timing/within.js';
import { createExporter, type ExporterOptions } from './exporter.js';
import { createQueueTelemetry, tracedAdd } from './queue-telemetry.js';
import { createSampler } from './sampler.js';
import { addFacts, drawEnded, markFailed, openRequest } from './spans.js';
import type { Tracing } from './tracing.js';

export interface TracingOptions extends Pick<ExporterOptions, 'onFailing' | 'onRecovered'> {
  readonly endpoint: string;
  readonly config: Pick<
    Config,
    'otlpHeaders' | 'otelServiceName' | 'otelResourceAttributes' | 'tracesSampler' | 'tracesSamplerRatio'
  >;
  readonly role: string;
  readonly slot: number;
  /** Names this run of the service. */
  readonly instance: string;
}

/** For the export of the last spans. Milliseconds. */
const flushMs = 2000;

/**
 * Loads OpenTelemetry, so this file is imported only when a collector is configured. Once for each process: OpenTelemetry
 * keeps its provider in globals, where BullMQ's hook finds it.
 */
export function startTracing(options: TracingOptions): Tracing {
  const { endpoint, config, role, slot, instance, onFailing, onRecovered } = options;
  const exporter = createExporter({ endpoint, headers: config.otlpHeaders, onFailing, onRecovered });
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({
      ...config.otelResourceAttributes,
      'service.name': config.otelServiceName,
      'service.version': version,
      'service.instance.id': `${instance}/${role}-${slot}`,
      'process.pid': process.pid,
      'enhancement.role': role,
      'enhancement.slot': slot,
    }),
    sampler: createSampler(config.tracesSampler, config.tracesSamplerRatio),
    // Holds 2048 spans and drops further ones; exports one batch at a time.
    spanProcessors: [new BatchSpanProcessor(exporter)],
  });
  provider.register();
  const tracer = trace.getTracer('ticket-enhancer', version);
  const active = (): SpanContext | undefined => trace.getActiveSpan()?.spanContext();
  const telemetry = createQueueTelemetry(version);

  return {
    telemetry,
    adding: (job, add) => tracedAdd(telemetry, job, add),
    current() {
      const span = active();
      return span && { traceId: span.traceId, spanId: span.spanId };
    },
    recordedTraceId() {
      const span = active();
      return span && (span.traceFlags & TraceFlags.SAMPLED) !== 0 ? span.traceId : undefined;
    },
    request: (start) => openRequest(tracer, start),
    about: (facts) => addFacts(trace.getActiveSpan(), facts),
    failed: (code) => markFailed(trace.getActiveSpan(), code),
    ended: (work) => drawEnded(tracer, work),
    async stop() {
      // A failure is reported by the exporter.
      const stopped = provider.shutdown().catch(() => undefined);
      await within(flushMs, stopped, () => undefined);
    },
  };
}
