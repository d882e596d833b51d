import { parseBaseUrl } from '../../../sdk/provider-kit/base-url.ts';
import { type GeminiOptions, geminiSchema } from './options.ts';

/** Where the methods of an API are. */
export interface GeminiAddress {
  readonly origin: string;
  /** True for Vertex AI, whose counting and embedding differ. */
  readonly vertex: boolean;
  /** Path and query of a method of a model. */
  path(model: string, method: string, stream?: boolean): string;
}

/** A version anywhere in the path: Vertex AI has project and place behind it. */
const version = /\/v\d[0-9a-z]*(?=\/|$)/;
/** Names with their collection in front. */
const collection = /^(models|tunedModels|endpoints)\/([^/]+)$/;

/**
 * Takes the address of an API from the options.
 *
 * @throws Error that says what is wrong with it.
 */
export function geminiAddress(options: GeminiOptions): GeminiAddress {
  const { origin, prefix, query } = parseBaseUrl(
    options.base_url ?? geminiSchema.properties.base_url.default,
  );
  const base = version.test(prefix)
    ? prefix
    : `${prefix}/${options.api_version ?? geminiSchema.properties.api_version.default}`;
  const streamQuery = query === '' ? '?alt=sse' : `${query}&alt=sse`;
  return {
    origin,
    vertex: /\/publishers\/[^/]+$/.test(prefix),
    path(model, method, stream = false) {
      const [, folder = 'models', name = model] = collection.exec(model) ?? [];
      return `${base}/${folder}/${encodeURIComponent(name)}:${method}${stream ? streamQuery : query}`;
    },
  };
}

/** A model as the API names it in bodies: `models/gemini-2.5-flash`. */
export function modelResource(model: string): string {
  return collection.test(model) ? model : `models/${model}`;
}
