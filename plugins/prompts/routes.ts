import {
  GatewayError,
  isJsonObject,
  type Json,
  type JsonObject,
  type PluginRoute,
  type PluginRouteRequest,
  type PromptShares,
  type PromptStore,
  type RouteAccess,
} from '../../sdk/index.ts';
import { type PromptContent, PromptFault, readContent } from './content.ts';
import type { PromptLibrary } from './library.ts';
import type { Prompt } from './prompt.ts';
import { isWord, wordForm } from './words.ts';

export interface PromptRoutesDeps {
  readonly library: PromptLibrary;
  readonly store: PromptStore;
  readonly readAccess: RouteAccess;
}

const maxBodyBytes = 512 * 1024;
const defaultListed = 100;
const maxListed = 1000;

/** `/v1/prompts`: what there is, and new versions and labels for what is not in files. */
export function promptRoutes({ library, store, readAccess }: PromptRoutesDeps): readonly PluginRoute[] {
  async function known(name: string): Promise<Prompt> {
    const prompt = isWord(name) ? await library.find(name) : null;
    if (prompt !== null) return prompt;
    throw new GatewayError('not_found', `There is no prompt ${JSON.stringify(name.slice(0, 60))}.`);
  }

  async function list({ query }: PluginRouteRequest) {
    const limit = limitOf(query['limit']);
    const names = await library.names(query['after'] ?? '', limit + 1);
    const data = await Promise.all(names.slice(0, limit).map(async (name) => promptJson(await known(name))));
    return { body: { object: 'list', data, has_more: names.length > limit } };
  }

  async function show({ params }: PluginRouteRequest) {
    return { body: promptJson(await known(params['name']!)) };
  }

  async function showVersion({ params }: PluginRouteRequest) {
    const prompt = await known(params['name']!);
    const version = params['version']!;
    const listed = prompt.versions.find((one) => one.version === version);
    const content = listed === undefined ? null : await library.content(prompt, version);
    if (content === null) {
      throw new GatewayError(
        'not_found',
        `The prompt "${prompt.name}" has no version ${JSON.stringify(version.slice(0, 60))}; labels are none.`,
      );
    }
    return { body: versionJson(prompt, version, content) };
  }

  async function add({ body }: PluginRouteRequest) {
    const { name, version, labels = [], ...source } = body;
    if (!isWord(name)) throw wrong('name', `a name of ${wordForm}`);
    if (version !== undefined && !isWord(version)) throw wrong('version', `a string of ${wordForm}`);
    if (!Array.isArray(labels) || !labels.every(isWord)) throw wrong('labels', 'a list of labels');
    refuseFile(name);
    const content = contentOf(source);
    const before = await store.read(name);
    const taken = (before?.versions ?? []).map((one) => one.version);
    const clash = (labels as readonly string[]).find((label) => label === version || taken.includes(label));
    if (clash !== undefined)
      throw wrong('labels', `names that are no version of the prompt; "${clash}" is one`);
    if (version !== undefined && before !== null && Object.hasOwn(before.labels, version)) {
      throw wrong('version', `a name that is no label of the prompt; "${version}" is one`);
    }
    const written = await store.add({
      name,
      version: version ?? null,
      content: content.source,
      labels: labels as readonly string[],
    });
    library.stored.forget(name);
    if (written === null) {
      throw new GatewayError(
        'invalid_request',
        `version: the prompt "${name}" has version "${String(version)}" already, and versions never change; leave version out for the next one.`,
        { status: 409, param: 'version' },
      );
    }
    return { status: 201, body: versionJson(await known(name), written, content) };
  }

  async function label({ params, body }: PluginRouteRequest) {
    const name = params['name']!;
    refuseFile(name);
    const prompt = await known(name);
    const moved = Object.fromEntries(
      Object.entries(body).map(([label, value]): [string, PromptShares | null] => {
        if (!isWord(label)) throw wrong('labels', `names of ${wordForm}`);
        if (prompt.versions.some(({ version }) => version === label)) {
          throw wrong(label, 'a name that is no version of the prompt');
        }
        return [label, sharesOf(label, value)];
      }),
    );
    if (!(await store.label(name, moved))) {
      throw wrong(
        'version',
        `versions of "${name}": ${prompt.versions.map(({ version }) => version).join(', ')}`,
      );
    }
    library.stored.forget(name);
    return { body: promptJson(await known(name)) };
  }

  function refuseFile(name: string): void {
    if (!library.isFile(name)) return;
    throw new GatewayError(
      'invalid_request',
      `The prompt "${name}" is in files: change it there, or use another name.`,
      { status: 409, param: 'name' },
    );
  }

  return [
    { method: 'GET', path: '/v1/prompts', access: readAccess, query: ['after', 'limit'], handle: list },
    { method: 'POST', path: '/v1/prompts', access: 'admin', maxBodyBytes, handle: add },
    { method: 'GET', path: '/v1/prompts/:name', access: readAccess, handle: show },
    { method: 'GET', path: '/v1/prompts/:name/versions/:version', access: readAccess, handle: showVersion },
    { method: 'POST', path: '/v1/prompts/:name/labels', access: 'admin', handle: label },
  ];
}

function promptJson({ name, source, versions, labels }: Prompt): JsonObject {
  return {
    object: 'prompt',
    id: name,
    name,
    source,
    latest: versions.at(-1)!.version,
    versions: versions.map(({ version, createdAtMs }) => ({
      version,
      created_at: createdAtMs === null ? null : Math.floor(createdAtMs / 1000),
    })),
    labels: Object.fromEntries(Object.entries(labels).map(([label, shares]) => [label, { ...shares }])),
  };
}

function versionJson(
  { name, source, versions, labels }: Prompt,
  version: string,
  content: PromptContent,
): JsonObject {
  const at = versions.find((one) => one.version === version)?.createdAtMs ?? null;
  return {
    object: 'prompt.version',
    id: name,
    name,
    version,
    source,
    created_at: at === null ? null : Math.floor(at / 1000),
    labels: Object.keys(labels).filter((label) => Object.hasOwn(labels[label]!, version)),
    ...content.source,
  };
}

function contentOf(source: JsonObject): PromptContent {
  try {
    return readContent(source);
  } catch (error) {
    if (error instanceof PromptFault) throw new GatewayError('invalid_request', `${error.message}.`);
    throw error;
  }
}

/** `"3"`, or weights by version; null takes the label away. */
function sharesOf(label: string, value: Json | undefined): PromptShares | null {
  if (value === null) return null;
  if (typeof value === 'string') return { [value]: 1 };
  const weights = isJsonObject(value) ? Object.entries(value) : [];
  const fits = weights.every(
    ([version, weight]) =>
      isWord(version) &&
      Number.isInteger(weight) &&
      (weight as number) >= 1 &&
      (weight as number) <= 1_000_000,
  );
  if (weights.length === 0 || !fits) {
    throw wrong(label, 'a version, weights from 1 to 1000000 by version, or null');
  }
  return value as PromptShares;
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return defaultListed;
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (limit < 1 || limit > maxListed) throw wrong('limit', `a whole number from 1 to ${maxListed}`);
  return limit;
}

function wrong(param: string, expected: string): GatewayError {
  return new GatewayError('invalid_request', `${param}: expected ${expected}.`, { param });
}
