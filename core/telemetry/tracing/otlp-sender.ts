import { hostname } from 'node:os';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { type Resource, resourceFromAttributes } from '@opentelemetry/resources';
import { ATTR_SERVICE_INSTANCE_ID, ATTR_SERVICE_NAME } from '@opentelemetry/semantic-conventions';
import type { Secret } from '../../../sdk/secret.ts';
import type { Ids, Models } from '../../../sdk/services.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { SpanContent } from '../capture/captured.ts';
import { spansOf } from './span-tree.ts';

export interface OtlpSenderOptions {
  /** Base address of the collector. */
  readonly otlp: string;
  readonly headers: Readonly<Record<string, Secret>>;
  readonly ids: Ids;
  models(): Models;
  /** What the spans of a record may hold of prompt and answer. */
  contentOf?(trace: Trace): SpanContent | undefined;
  /**
   * Milliseconds for one export, its retries included.
   * @default 5000
   */
  readonly timeoutMs?: number;
}

const tracesPath = '/v1/traces';

/** Sends spans over HTTP in OTLP's protobuf. Failures that pass are tried again within the time of the export. */
export class OtlpSender {
  readonly #options: OtlpSenderOptions;
  readonly #exporter: OTLPTraceExporter;
  readonly #resource: Resource;

  constructor(options: OtlpSenderOptions) {
    this.#options = options;
    this.#exporter = new OTLPTraceExporter({
      url: tracesUrl(options.otlp),
      headers: Object.fromEntries(
        Object.entries(options.headers).map(([name, secret]) => [name, secret.reveal()]),
      ),
      timeoutMillis: options.timeoutMs ?? 5000,
    });
    this.#resource = resourceFromAttributes({
      [ATTR_SERVICE_NAME]: 'sluice',
      [ATTR_SERVICE_INSTANCE_ID]: `${hostname()}-${options.ids.span()}`,
    });
  }

  /** Rejects where the spans did not arrive. */
  send(traces: readonly Trace[]): Promise<void> {
    const { ids, models, contentOf } = this.#options;
    const sources = { ids, models: models(), resource: this.#resource };
    const spans = traces.flatMap((trace) => {
      const content = contentOf?.(trace);
      return spansOf(trace, content === undefined ? sources : { ...sources, content });
    });
    return new Promise((resolve, reject) => {
      this.#exporter.export(spans, ({ code, error }) => {
        // ExportResultCode.SUCCESS
        if (code === 0) resolve();
        else reject(error ?? new Error('the export failed'));
      });
    });
  }

  close(): Promise<void> {
    return this.#exporter.shutdown();
  }
}

/** Where a collector at this address takes traces; an address that says so already is left alone. */
export function tracesUrl(otlp: string): string {
  const url = new URL(otlp);
  const path = url.pathname.replace(/\/$/, '');
  url.pathname = path.endsWith(tracesPath) ? path : `${path}${tracesPath}`;
  return url.href;
}
