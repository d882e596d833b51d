import type { Draft } from './draft.ts';
import { secondsText, setSection } from './draft.ts';
import { redisUrl } from './settings.ts';
import type { SourceNode } from './source.ts';

const file = 'policies/65-cache.yaml';

/** Reads `cache` and `cache_params` into the `semantic-cache` plugin, where this gateway has it. */
export function mapCache(draft: Draft): void {
  const settings = draft.source.root.get('litellm_settings');
  const cache = settings?.get('cache');
  const params = settings?.get('cache_params');
  if (cache === undefined && params === undefined) return;
  if (cache !== undefined && !cache.isTrue) {
    cache.list('unneeded', 'nothing is cached unless a file of the policies folder says so');
    params?.list('unneeded', 'cache is false');
    return;
  }
  if (!draft.plugins.has('semantic-cache')) {
    cache?.list('todo', 'this version has no cache plugin');
    params?.list('todo', 'this version has no cache plugin');
    return;
  }
  const type = params?.get('type');
  const kind = type?.text ?? 'redis';
  const isSemantic = /semantic/.test(kind);
  draft.cache = { semantic: isSemantic };
  cache?.map(file);
  if (type !== undefined) {
    if (/^(local|redis|redis-semantic)$/.test(kind)) type.map(`${file}, gateway.yaml stores.cache`);
    else
      type.list(
        'changed',
        'answers are kept in memory or on Redis, vectors in LanceDB (stores.cache, stores.vectors)',
      );
  }
  store(draft, params, kind);
  ttl(draft, params);
  const threshold = params?.get('similarity_threshold');
  if (threshold?.number !== undefined && isSemantic && threshold.number <= 1) {
    draft.cache['floor'] = threshold.number;
    threshold.list(
      'changed',
      'similarities of another embedder are not the same numbers; measure with `sluice cache eval`, or take floor away for the embedder’s own',
    );
    threshold.map(`${file} floor`);
  }
  const model =
    params?.get('redis_semantic_cache_embedding_model') ??
    params?.get('qdrant_semantic_cache_embedding_model');
  model?.list(
    'todo',
    'prompts are compared by the built-in embedder; name a provider and a model in embedder: of gateway.yaml for another',
  );
}

function store(draft: Draft, params: SourceNode | undefined, kind: string): void {
  if (!kind.startsWith('redis')) return;
  const url = redisUrl(
    draft,
    {
      url: params?.get('url') ?? params?.get('redis_url'),
      host: params?.get('host'),
      port: params?.get('port'),
      password: params?.get('password'),
      ssl: params?.get('ssl'),
    },
    'gateway.yaml stores.cache',
  );
  if (url !== null) return setSection(draft, 'stores', 'cache', url);
  const node = params?.get('type') ?? draft.source.root.get('litellm_settings')?.get('cache');
  node?.list(
    'changed',
    'no address of a Redis is in the file, so answers are kept in memory; write stores.cache: redis://… where REDIS_HOST was set',
  );
}

function ttl(draft: Draft, params: SourceNode | undefined): void {
  const node = params?.get('ttl');
  const text = node === undefined ? null : secondsText(node);
  if (text !== null && draft.cache !== null) {
    draft.cache['ttl'] = text;
    node!.map(`${file} ttl`);
  }
}
