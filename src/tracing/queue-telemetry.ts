import { type Context, ROOT_CONTEXT } from '@opentelemetry/api';
import { type Span, SpanKind, type Telemetry, trace, TelemetryAttributes } from 'bullmq';
import { BullMQOtel } from 'bullmq-otel';
import type { Tracing } from './tracing.js';

/** Operations on a job. BullMQ also traces its polling: a trace every few seconds in each idle worker. */
const tracedOperations = new Set(['add', 'process', 'complete', 'delay', 'retry', 'fail']);

/** BullMQ's hook, for operations on jobs only. */
export function createQueueTelemetry(version: string): Telemetry<Context> {
  const { tracer, contextManager } = new BullMQOtel({ tracerName: 'bullmq', version });
  return {
    tracer: {
      startSpan(name, options, context: Context | undefined) {
        const [operation = ''] = name.split(' ', 1);
        return tracedOperations.has(operation) ? tracer.startSpan(name, options, context) : untraced;
      },
    },
    contextManager: {
      with: (context, work) => contextManager.with(context, work),
      active: () => contextManager.active(),
      root: () => ROOT_CONTEXT,
      getMetadata: (context) => contextManager.getMetadata(context),
      fromMetadata: (active, metadata) => contextManager.fromMetadata(active, metadata),
    },
  };
}

/** As `Queue.add` of BullMQ does it. */
export function tracedAdd<T>(
  telemetry: Telemetry<Context>,
  { queue, name, id }: Parameters<Tracing['adding']>[0],
  add: (trace: string | undefined) => Promise<T>,
): Promise<T> {
  return trace(telemetry, SpanKind.PRODUCER, queue, 'add', `${queue}.${name}`, (span, context) => {
    span?.setAttributes({ [TelemetryAttributes.JobName]: name, [TelemetryAttributes.JobId]: id });
    return add(context);
  });
}

const untraced: Span<Context> = {
  setSpanOnContext: (context) => context,
  setAttribute: () => undefined,
  setAttributes: () => undefined,
  addEvent: () => undefined,
  recordException: () => undefined,
  end: () => undefined,
};
