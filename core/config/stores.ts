import { isJsonObject, type JsonObject } from '../../sdk/json.ts';
import { nearest } from '../text/nearest.ts';
import type { StoresConfig } from './config.ts';
import { type ConfigDraft, complain, shown } from './draft.ts';

/** What each store may be: the embedded one by its word, or the address of a server. */
const choices: Readonly<
  Record<
    Exclude<keyof StoresConfig, 'whenDown' | 'redisTimeoutMs' | 'durability'>,
    { word: string; schemes: readonly string[]; also?: readonly string[] }
  >
> = {
  ledger: { word: 'sqlite', schemes: ['postgres', 'postgresql'] },
  counters: { word: 'memory', schemes: ['redis', 'rediss'] },
  cache: { word: 'memory', schemes: ['redis', 'rediss'] },
  vectors: { word: 'lancedb', schemes: ['s3', 's3+ddb', 'gs', 'az'], also: ['memory'] },
};

/** Checks `stores:` and gives it back as it is used. */
export function readStores(stores: JsonObject, draft: ConfigDraft): StoresConfig {
  for (const [key, { word, schemes, also = [] }] of Object.entries(choices)) {
    const value = stores[key];
    if (typeof value !== 'string' || value === word || also.includes(value)) continue;
    if (schemes.some((scheme) => value.startsWith(`${scheme}://`)) && URL.canParse(value)) continue;
    const path = ['stores', key];
    const words = [word, ...also];
    const near = nearest(value, words);
    complain(
      draft,
      path,
      `expected ${words.join(', ')} or an address ${schemes[0]}://…; came ${shown(draft, path, value)}` +
        (near ? `; did you mean "${near}"?` : ''),
    );
  }
  const { when_down: whenDown, redis_timeout: redisTimeoutMs, ...places } = stores;
  if (redisTimeoutMs === 0) complain(draft, ['stores', 'redis_timeout'], 'expected a time above 0; came 0');
  return { ...places, whenDown, redisTimeoutMs } as unknown as StoresConfig;
}

/** Checks that the embedder's provider is configured and its model named. */
export function checkEmbedder(embedder: JsonObject, providers: readonly string[], draft: ConfigDraft): void {
  const { kind, provider, model, path } = embedder;
  if (kind === undefined && provider === undefined) {
    complain(
      draft,
      ['embedder'],
      'expected kind (lexical, onnx, static) or provider and model; came neither',
    );
  }
  if (kind !== undefined && provider !== undefined) {
    complain(draft, ['embedder'], 'expected kind or provider; came both; keep one');
  }
  if ((kind === 'onnx' || kind === 'static') && path === undefined) {
    complain(draft, ['embedder'], `missing key "path": where the ${kind} model is`);
  }
  if (typeof provider !== 'string') return;
  if (model === undefined) complain(draft, ['embedder'], 'missing key "model"');
  if (providers.includes(provider)) return;
  const near = nearest(provider, providers);
  const came = shown(draft, ['embedder', 'provider'], provider);
  complain(
    draft,
    ['embedder', 'provider'],
    `unknown provider ${came}${near ? `; did you mean "${near}"?` : ''}`,
  );
}

/** A section of the file: what it says, or an empty one where it is not what it should be. */
export function section(value: unknown, key: string): JsonObject {
  const found = isJsonObject(value) ? value[key] : undefined;
  return isJsonObject(found) ? found : {};
}
