// What an operator would name in `telemetry.register`: the SDK, and its exporter as the OTEL_* variables say.
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';

const spanProcessors = [new BatchSpanProcessor(new OTLPTraceExporter(), { scheduledDelayMillis: 50 })];
new NodeTracerProvider({ spanProcessors }).register();
