import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Json, JsonObject } from '../../sdk/json.ts';
import { decodeFrames, encodeFrame, type Frame } from './event-stream.ts';

/** What an answer means, worked out from its bytes by hand. See test/fixtures/providers/README.md. */
export interface Facts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly tool_calls?: readonly {
    readonly id?: string | null;
    readonly name: string;
    readonly arguments: Json;
  }[];
  /** The provider's own word. */
  readonly finish?: string;
  readonly stop_sequence?: string;
  readonly block_reason?: string;
  readonly choices?: readonly { readonly index: number; readonly text: string; readonly finish: string }[];
  readonly usage?: Readonly<Record<string, number>>;
  readonly error?: JsonObject;
  readonly framing_error?: string;
  readonly embeddings?: number;
  readonly dimensions?: number;
  readonly vectors?: readonly (readonly number[])[];
  readonly input_tokens?: number;
}

/** What the client must see of an error before the first event. */
export interface ExpectedError {
  readonly status: number | readonly number[];
  readonly code: string | readonly string[];
  readonly retry_after_ms?: number;
}

/** One answer of a provider. */
export interface ProviderCase {
  /** `provider/case`. */
  readonly name: string;
  readonly own: boolean;
  readonly provider: string;
  readonly api: string;
  readonly model: string;
  readonly stream: boolean;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly kind: readonly string[];
  readonly facts: Facts;
  readonly expect: ExpectedError | null;
  readonly bytes: Buffer;
  /** The JSON payloads of the answer: one, or one for each event. Independent of the gateway's own decoders. */
  readonly payloads: readonly JsonObject[];
  /** Where each event of a stream ends, in bytes. */
  readonly ends: readonly number[];
}

/** The project's own cases. */
export const ownCases = join(import.meta.dirname, '../fixtures/providers');
/** Recorded provider traffic, where it lies beside the checkout; it is not part of the project. */
export const sharedCases = join(import.meta.dirname, '../../../shared/fixtures/providers');
export const noSharedCases = existsSync(sharedCases)
  ? false
  : 'there is no recorded traffic beside this checkout';

/** All cases under a folder of `<provider>/<case>/` folders, by name; none where it is absent. */
export function loadProviderCases(root: string): ProviderCase[] {
  if (!existsSync(root)) return [];
  const cases: ProviderCase[] = [];
  for (const provider of readdirSync(root).sort()) {
    if (!existsSync(join(root, provider)) || provider.includes('.')) continue;
    for (const name of readdirSync(join(root, provider)).sort()) {
      if (existsSync(join(root, provider, name, 'meta.json'))) cases.push(load(root, provider, name));
    }
  }
  return cases;
}

function load(root: string, provider: string, name: string): ProviderCase {
  const at = (file: string) => join(root, provider, name, file);
  const json = (file: string) => JSON.parse(readFileSync(at(file), 'utf8')) as JsonObject;
  const meta = json('meta.json');
  const { bytes, ends } = answerOf(at);
  // Recorded headers are a selection; the type is what the gateway must see.
  const headers = { ...(meta['response_headers'] as Record<string, string> | undefined) };
  delete headers['transfer-encoding'];
  delete headers['content-length'];
  delete headers['content-encoding'];
  headers['content-type'] ??= typeOf(at);
  return {
    name: `${provider}/${name}`,
    own: root === ownCases,
    provider,
    api: apiOf(meta),
    model: (meta['model'] as string | undefined) ?? defaultModels[provider] ?? 'model',
    stream: meta['stream'] === true,
    status: meta['status'] as number,
    headers,
    kind: meta['kind'] as readonly string[],
    facts: json('facts.json') as Facts,
    expect: (meta['expect'] as ExpectedError | undefined) ?? null,
    bytes,
    payloads: payloadsOf(typeOf(at), bytes),
    ends,
  };
}

const defaultModels: Readonly<Record<string, string>> = {
  anthropic: 'claude-sonnet-4-5',
  azure: 'example-deployment',
  bedrock: 'anthropic.claude-sonnet-4-20250514-v1:0',
  gemini: 'gemini-2.5-flash',
  ollama: 'qwen3:8b',
  openai: 'gpt-4o',
};

function apiOf(meta: JsonObject): string {
  const path = meta['path'] as string | undefined;
  return path === '/v1/responses/input_tokens' ? 'responses.input_tokens' : (meta['api'] as string);
}

type At = (file: string) => string;

function answerOf(at: At): { bytes: Buffer; ends: number[] } {
  if (existsSync(at('response.sse'))) {
    const bytes = readFileSync(at('response.sse'));
    return { bytes, ends: endsOf(bytes, /\r\n\r\n|\n\n|\r\r/g) };
  }
  if (existsSync(at('response.ndjson'))) {
    const bytes = readFileSync(at('response.ndjson'));
    return { bytes, ends: endsOf(bytes, /\n/g) };
  }
  if (existsSync(at('response.eventstream.b64'))) {
    const bytes = Buffer.from(readFileSync(at('response.eventstream.b64'), 'latin1'), 'base64');
    const ends: number[] = [];
    for (let end = 0; end + 4 <= bytes.length; ends.push(end)) end += bytes.readUInt32BE(end);
    return { bytes, ends };
  }
  if (existsSync(at('response.frames.json'))) {
    const frames = JSON.parse(readFileSync(at('response.frames.json'), 'utf8')) as readonly Frame[];
    const parts = frames.map(encodeFrame);
    let end = 0;
    return { bytes: Buffer.concat(parts), ends: parts.map((part) => (end += part.length)) };
  }
  return { bytes: readFileSync(at('response.json')), ends: [] };
}

function endsOf(bytes: Buffer, separator: RegExp): number[] {
  return [...bytes.toString('latin1').matchAll(separator)].map((match) => match.index + match[0].length);
}

function typeOf(at: At): string {
  if (existsSync(at('response.sse'))) return 'text/event-stream';
  if (existsSync(at('response.ndjson'))) return 'application/x-ndjson';
  return existsSync(at('response.json')) ? 'application/json' : 'application/vnd.amazon.eventstream';
}

/** The JSON payloads in an answer's bytes, those that are whole. */
export function payloadsOf(type: string, bytes: Buffer): JsonObject[] {
  if (type === 'application/vnd.amazon.eventstream') {
    return decodeFrames(bytes).map(({ payload }) => {
      // InvokeModel wraps the model's own events.
      const wrapped = (payload as JsonObject)['bytes'];
      return typeof wrapped === 'string'
        ? (JSON.parse(Buffer.from(wrapped, 'base64').toString()) as JsonObject)
        : (payload as JsonObject);
    });
  }
  const text = bytes.toString();
  const texts =
    type === 'text/event-stream'
      ? text
          .split(/\r?\n\r?\n/)
          .map((event) => event.replace(/^(?!data:).*$/gm, '').replace(/^data: ?/gm, ''))
      : type === 'application/x-ndjson'
        ? text.split('\n')
        : [text];
  return texts.flatMap((each) => {
    try {
      const value = JSON.parse(each) as Json;
      return typeof value === 'object' && value !== null ? [value as JsonObject] : [];
    } catch {
      return [];
    }
  });
}
