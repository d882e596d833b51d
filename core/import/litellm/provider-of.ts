import type { Json } from '../../../sdk/json.ts';
import { isJsonObject } from '../../../sdk/json.ts';
import { type Draft, type DraftProvider, plainText, variableText } from './draft.ts';
import { type KnownProvider, knownProviders, providerOfModel } from './known-providers.ts';
import { Params } from './params.ts';
import type { SourceNode } from './source.ts';

/** Where a deployment goes: a provider with its settings, and the model's name there. */
export interface Destination {
  /** LiteLLM's word for the provider, which its name here begins with. */
  readonly word: string;
  readonly kind: string;
  readonly options: Record<string, Json>;
  readonly model: string;
  /** What the provider calls the model, where it is something else. */
  readonly calledThere: string | null;
}

/** Reads where `litellm_params` lead. Null where Sluice cannot go there; then the reason is listed. */
export function destinationOf(
  draft: Draft,
  params: SourceNode,
  info: SourceNode | undefined,
): Destination | null {
  const written = params.get('model');
  if (written?.text === undefined) {
    params.list('todo', 'expected a model; the entry is left out');
    return null;
  }
  const { word, model } = wordAndModel(params, written.text);
  const read = new Params(draft, params);
  const base = read.get('api_base') ?? read.get('base_url');
  const known = word !== null && Object.hasOwn(knownProviders, word) ? knownProviders[word] : undefined;
  if (word === null || (known === undefined && base === undefined)) {
    const why = word === null ? 'names no provider' : 'names a provider that Sluice does not know';
    params.list(
      'todo',
      `the model ${why}; the entry is left out. Give it an OpenAI-compatible api_base, or a provider of your own (docs/reference/providers.md)`,
    );
    return null;
  }
  if (known === undefined) {
    written.list(
      'changed',
      'the provider is not known here; its address is taken for an OpenAI-compatible one',
    );
  }
  const made = make({
    draft,
    read,
    params,
    known: known ?? { kind: 'openai', baseUrl: null },
    word,
    model,
    info,
  });
  if (made === null) return null;
  written.map('gateway.yaml models');
  params.get('custom_llm_provider')?.map('gateway.yaml providers');
  return { word, ...made };
}

function wordAndModel(params: SourceNode, written: string): { word: string | null; model: string } {
  const named = params.get('custom_llm_provider')?.text;
  const slash = written.indexOf('/');
  const first = slash > 0 ? written.slice(0, slash) : null;
  if (named !== undefined) {
    return { word: named, model: first === named ? written.slice(slash + 1) : written };
  }
  if (first !== null) return { word: first, model: written.slice(slash + 1) };
  // LiteLLM takes a bare name with an address for a server with OpenAI's API.
  const guess = providerOfModel(written) ?? (params.get('api_base') === undefined ? null : 'openai');
  return { word: guess, model: written };
}

interface Making {
  readonly draft: Draft;
  readonly read: Params;
  readonly params: SourceNode;
  readonly known: KnownProvider;
  readonly word: string;
  readonly model: string;
  readonly info: SourceNode | undefined;
}

type Made = Omit<Destination, 'word'> | null;

function make(making: Making): Made {
  switch (making.known.kind) {
    case 'bedrock':
      return bedrock(making);
    case 'vertex':
      return vertex(making);
    case 'azure':
      return azure(making);
    default:
      return plain(making);
  }
}

const to = 'gateway.yaml providers';

function common({ draft, read, params, word }: Making): Record<string, Json> {
  const options: Record<string, Json> = {};
  const headers = params.get('extra_headers') ?? params.get('headers');
  if (headers !== undefined && isJsonObject(headers.value)) {
    const kept: Record<string, Json> = {};
    for (const header of headers.children()) {
      if (/auth|key|token|secret|cookie/i.test(header.name)) {
        header.list(
          'todo',
          'headers of a provider may be printed, so credentials are not written there; use api_key',
        );
      } else if (typeof header.value !== 'object') {
        kept[header.name] = plainText(draft, String(header.value));
        header.map(to);
      }
    }
    if (Object.keys(kept).length > 0) options['headers'] = kept;
  }
  const organization = word === 'openai' ? read.text('organization', to) : undefined;
  if (organization !== undefined) options['organization'] = organization;
  return options;
}

function address(making: Making): string | null | undefined {
  const { read, known, params, word } = making;
  const written = read.text('api_base', to) ?? read.text('base_url', to);
  if (written !== undefined) return written;
  if (known.baseUrl !== null) return known.baseUrl;
  const usual: Readonly<Record<string, string>> = {
    azure: 'AZURE_API_BASE',
    azure_text: 'AZURE_API_BASE',
    azure_ai: 'AZURE_AI_API_BASE',
    hosted_vllm: 'HOSTED_VLLM_API_BASE',
  };
  const name = usual[word];
  if (name !== undefined) return variableText(making.draft, name);
  params.list('todo', 'expected an api_base; the entry is left out');
  return null;
}

function plain(making: Making): Made {
  const { read, draft, known, word } = making;
  const base = address(making);
  if (base === null) return null;
  const key = read.secret('api_key', `${word}-api-key`, to);
  const isOwnServer = base !== known.baseUrl;
  // Where the file names an address and no key, the provider's usual key is not sent to that address.
  const usual =
    known.keyVariable !== undefined && !isOwnServer ? variableText(draft, known.keyVariable) : undefined;
  const apiKey = key ?? usual;
  const model = making.model.replace(/^(responses|chat)\//, '');
  return {
    kind: known.kind,
    options: {
      ...(base === undefined ? {} : { base_url: base }),
      ...(apiKey === undefined ? {} : { api_key: apiKey }),
      ...(known.profile === undefined ? {} : { profile: known.profile }),
      ...common(making),
    },
    model,
    calledThere: null,
  };
}

function azure(making: Making): Made {
  const { read, draft, known, word, params, info } = making;
  const written = address(making);
  if (written === null || written === undefined) return null;
  // Some write the whole address of a deployment; Sluice makes it of the resource and the model.
  const base = written.replace(/\/openai\/deployments\/.*$/, '').replace(/\/models\/?$/, '');
  const token = read.secret('azure_ad_token', 'azure-ad-token', to);
  const key = read.secret('api_key', `${word}-api-key`, to);
  const version = read.text('api_version', to);
  if (word === 'azure_ai') {
    const isClaude = /claude/i.test(making.model);
    params
      .get('model')
      ?.list(
        'changed',
        `check the address of this Foundry resource: ${isClaude ? 'Claude is asked at …/anthropic' : 'it is asked at …/openai/v1'}`,
      );
    const path = isClaude ? '/anthropic' : '/openai/v1';
    const origin = base.replace(/\/(anthropic|openai\/v1)\/?(v1\/messages)?\/?$/, '').replace(/\/$/, '');
    const apiKey = key ?? variableText(draft, known.keyVariable!);
    return {
      kind: isClaude ? 'anthropic' : 'azure',
      options: { base_url: `${origin}${path}`, api_key: apiKey, ...common(making) },
      model: making.model,
      calledThere: null,
    };
  }
  const apiKey = key ?? (token === undefined ? variableText(draft, known.keyVariable!) : undefined);
  const baseModel = info?.get('base_model') ?? params.get('base_model');
  const deployment = making.model.replace(/^(o_series|gpt5_series|responses)\//, '');
  const named = baseModel?.text?.replace(/^azure\//, '').replace(/^(us|eu|global|global-standard)\//, '');
  if (baseModel !== undefined) baseModel.map(`${to} (deployments)`);
  return {
    kind: 'azure',
    options: {
      base_url: base,
      ...(version === undefined || version === 'latest' || version === 'preview'
        ? {}
        : { api_version: version }),
      ...(apiKey === undefined ? {} : { api_key: apiKey }),
      ...(token === undefined ? {} : { token }),
      ...common(making),
    },
    model: named ?? deployment,
    calledThere: named === undefined || named === deployment ? null : deployment,
  };
}

function bedrock(making: Making): Made {
  const { read, draft, params } = making;
  const path = making.model.replace(/^(converse|converse_like|invoke|chat)\//, '');
  // `bedrock/us-east-1/anthropic.claude-…` names the region in the model.
  const regional = /^([a-z]{2}(?:-[a-z]+)+-\d)\/(.+)$/.exec(path);
  const region = read.text('aws_region_name', to) ?? regional?.[1] ?? variableText(draft, 'AWS_REGION');
  const id = read.secret('aws_access_key_id', 'aws-access-key-id', to);
  const secret = read.secret('aws_secret_access_key', 'aws-secret-access-key', to);
  const session = read.secret('aws_session_token', 'aws-session-token', to);
  const profile = read.text('aws_profile_name', to);
  const base = read.text('aws_bedrock_runtime_endpoint', to) ?? read.text('api_base', to);
  const key = read.secret('api_key', 'bedrock-api-key', to);
  const model = regional?.[2] ?? path;
  const arn = params.get('model_id');
  arn?.map(`${to} (base_models)`);
  return {
    kind: 'bedrock',
    options: {
      region,
      ...(key === undefined ? {} : { api_key: key }),
      ...(id === undefined || secret === undefined ? {} : { access_key_id: id, secret_access_key: secret }),
      ...(session === undefined ? {} : { session_token: session }),
      ...(profile === undefined ? {} : { profile }),
      ...(base === undefined ? {} : { base_url: base }),
      ...common(making),
    },
    model: arn?.text === undefined ? model : plainText(draft, arn.text),
    calledThere: arn?.text === undefined ? null : model,
  };
}

function vertex(making: Making): Made {
  const { read, draft, params, model } = making;
  if (!/^(gemini|text-embedding|text-multilingual|gemma|\*)/.test(model.replace(/^gemini\//, ''))) {
    params.list(
      'todo',
      'only Google’s own models are reached on Vertex AI; the entry is left out. Claude is there under the kinds anthropic and bedrock',
    );
    return null;
  }
  const project = read.text('vertex_project', to) ?? variableText(draft, 'VERTEXAI_PROJECT');
  const location = read.text('vertex_location', to) ?? variableText(draft, 'VERTEXAI_LOCATION');
  read
    .get('vertex_credentials')
    ?.list(
      'todo',
      `Sluice takes an access token and makes none of a service account: write what "gcloud auth print-access-token" prints to a file every half hour, name it as token: \${file:PATH}, and reload`,
    );
  const host = location === 'global' ? 'aiplatform.googleapis.com' : `${location}-aiplatform.googleapis.com`;
  return {
    kind: 'gemini',
    options: {
      base_url: `https://${host}/v1/projects/${project}/locations/${location}/publishers/google`,
      token: variableText(draft, 'VERTEX_TOKEN'),
      ...common(making),
    },
    model: model.replace(/^gemini\//, ''),
    calledThere: null,
  };
}

/** The provider with these settings; a new one where there is none yet, or where it calls the model something else. */
export function providerFor(
  draft: Draft,
  { word, kind, options, model, calledThere }: Destination,
): DraftProvider {
  const wanted = JSON.stringify([kind, options]);
  for (const provider of draft.providers.values()) {
    if (JSON.stringify([provider.kind, provider.options]) !== wanted) continue;
    const there = provider.names.get(model);
    if (there !== undefined && there !== (calledThere ?? model)) continue;
    provider.names.set(model, calledThere ?? model);
    return provider;
  }
  const base = word.replace(/[^\w-]/g, '-');
  let name = base;
  for (let number = 2; draft.providers.has(name); number += 1) name = `${base}-${number}`;
  const provider: DraftProvider = { name, kind, options, names: new Map([[model, calledThere ?? model]]) };
  draft.providers.set(name, provider);
  return provider;
}
