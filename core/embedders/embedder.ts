import type { Embedder, EmbedOptions } from '../../sdk/embedder.ts';
import { createLexicalEmbedder } from './lexical.ts';
import { createOnnxEmbedder, type OnnxEmbedderOptions } from './onnx.ts';
import { createProviderEmbedder, type ProviderEmbedderOptions } from './provider.ts';
import { loadStaticEmbedder } from './static.ts';

/** Which embedder, and what it needs. */
export type EmbedderOptions =
  | { readonly kind: 'lexical'; readonly floor?: number }
  | { readonly kind: 'static'; readonly path: string; readonly floor?: number }
  | ({ readonly kind: 'onnx' } & OnnxEmbedderOptions)
  | ({ readonly kind: 'provider' } & ProviderEmbedderOptions);

/**
 * Makes an embedder. A folder is read and a model or server asked for one vector: what cannot work is known at the start,
 * and so is the dimension.
 * @param start time limit of the start, and the request that pays for it
 * @throws Error that says what is missing
 */
export async function createEmbedder(options: EmbedderOptions, start: EmbedOptions = {}): Promise<Embedder> {
  const { floor } = options;
  if (floor !== undefined && !(floor >= 0 && floor <= 1)) {
    throw new Error(`embedder: expected a floor from 0 to 1; came ${floor}`);
  }
  const embedder = await make(options, start);
  return floor === undefined ? embedder : { ...embedder, floor };
}

function make(options: EmbedderOptions, start: EmbedOptions): Promise<Embedder> {
  switch (options.kind) {
    case 'lexical':
      return Promise.resolve(createLexicalEmbedder());
    case 'static':
      return loadStaticEmbedder(options.path);
    case 'onnx':
      return createOnnxEmbedder(options, start.signal);
    case 'provider':
      return createProviderEmbedder(options, start);
  }
}
