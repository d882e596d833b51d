import type { Embedder, EmbedOptions } from '../../sdk/embedder.ts';
import { readEmbeddings } from './embeddings-answer.ts';
import { cutText, toUnit } from './vector.ts';

/** Counted up with every change that gives another vector for a text. */
const VERSION = 1;
/** A start: encoders differ. Measure yours with `sluice cache eval` and set `floor`. */
const FLOOR = 0.7;
/** TEI takes 32 texts in a request unless told otherwise; the others take more. */
const BATCH_SIZE = 32;
/** UTF-16 units of a text that are sent: below the 8,192 tokens that the usual models read, for any script. */
const READ_UNITS = 8000;

/** Sends one request to an OpenAI-compatible `/v1/embeddings`. @throws where no answer came */
export type EmbeddingsCall = (
  body: string,
  options: EmbedOptions,
) => Promise<{ readonly status: number; readonly body: string }>;

export interface ProviderEmbedderOptions {
  /** Target of the gateway, such as `openai`: part of the identity. */
  readonly provider: string;
  readonly model: string;
  /** Sends the request through the gateway's own provider, which counts its cost. */
  readonly call: EmbeddingsCall;
  /** Shortens the vectors where the model can (`text-embedding-3-*`). Left to the model by default: not all servers take it. */
  readonly dimensions?: number;
  /** `base64` is half the size and not known to every server. @default 'float' */
  readonly encoding?: 'float' | 'base64';
  /** Put before every text, asked and stored: `query: ` for e5, `search_query: ` for nomic. @default '' */
  readonly prefix?: string;
  /** @default 0.7 */
  readonly floor?: number;
  /** Texts in a request. @default 32 */
  readonly batchSize?: number;
}

/**
 * An embedder behind an OpenAI-compatible endpoint (OpenAI, Ollama, vLLM, TEI, llama.cpp). Asks for one vector at the
 * start to learn the dimension. @throws Error with the status of an answer that is none; never the server's own words
 */
export async function createProviderEmbedder(
  options: ProviderEmbedderOptions,
  start: EmbedOptions = {},
): Promise<Embedder> {
  const client = new Client(options);
  const [probe] = await client.batch(['dimension probe'], start);
  const dimensions = probe!.length;
  if (options.dimensions !== undefined && dimensions !== options.dimensions) {
    throw new Error(
      `embedder ${options.model}: expected ${options.dimensions} dimensions, as configured; came ${dimensions}. ` +
        'The model cannot shorten its vectors: leave "dimensions" out',
    );
  }
  const prefix = options.prefix ?? '';
  return {
    identity: `provider:${options.provider}/${options.model}:${dimensions}:${JSON.stringify(prefix)}:v${VERSION}`,
    dimensions,
    floor: options.floor ?? FLOOR,
    async embed(texts, asked = {}) {
      const size = options.batchSize ?? BATCH_SIZE;
      const vectors: Float32Array[] = [];
      for (let at = 0; at < texts.length; at += size) {
        vectors.push(...(await client.batch(texts.slice(at, at + size), asked)));
      }
      const other = vectors.find((vector) => vector.length !== dimensions);
      if (other !== undefined) {
        throw new Error(
          `embedder ${options.model}: expected ${dimensions} dimensions, as at the start; came ${other.length}. ` +
            'The model behind the name has changed: restart',
        );
      }
      return vectors;
    },
  };
}

class Client {
  readonly #options: ProviderEmbedderOptions;

  constructor(options: ProviderEmbedderOptions) {
    this.#options = options;
  }

  async batch(texts: readonly string[], asked: EmbedOptions): Promise<Float32Array[]> {
    const { call, model, dimensions, encoding = 'float', prefix = '' } = this.#options;
    asked.signal?.throwIfAborted();
    const request = JSON.stringify({
      model,
      // Servers refuse an empty text.
      input: texts.map((text) => prefix + (cutText(text, READ_UNITS) || ' ')),
      encoding_format: encoding,
      ...(dimensions === undefined ? {} : { dimensions }),
    });
    const answer = await call(request, asked);
    asked.signal?.throwIfAborted();
    if (answer.status !== 200) {
      throw new Error(`embedder ${model}: expected status 200; came ${answer.status}${hint(answer.status)}`);
    }
    try {
      return readEmbeddings(answer.body, texts.length).map(toUnit);
    } catch (error) {
      throw new Error(`embedder ${model}: ${(error as Error).message}`);
    }
  }
}

function hint(status: number): string {
  if (status === 401 || status === 403) return '. Check the key of the provider';
  if (status === 404) return '. Check the name of the model and the path of the endpoint';
  if (status === 400 || status === 422)
    return '. The server may not know "dimensions" or base64: leave them out';
  return '';
}
