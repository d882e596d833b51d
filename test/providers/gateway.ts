import { createGateway, firstPartyProviders } from '../../core/gateway.ts';
import {
  FakeClock,
  fixedRandom,
  recordingLog,
  ScriptedUpstream,
  type TestGateway,
  testGateway,
} from '../../core/testing.ts';
import type { AnyProviderKind, Provider, ProviderServices } from '../../sdk/provider.ts';
import type { Ids, Log } from '../../sdk/services.ts';
import type { ProviderCase } from './fixture.ts';

/** Providers of the gateway under test, one for each way to speak to one. Every credential holds `fake-key`. */
const providers: Readonly<Record<string, string>> = {
  openai: '{ kind: openai, api_key: sk-fake-key-1, apis: [chat, completions, embeddings] }',
  'openai-responses': '{ kind: openai, api_key: sk-fake-key-2, apis: [responses] }',
  azure:
    '{ kind: azure, base_url: "https://own.openai.azure.com", api_key: fake-key-3, apis: [chat, completions, embeddings] }',
  'azure-responses':
    '{ kind: azure, base_url: "https://own.openai.azure.com/openai/v1", api_key: fake-key-3, apis: [responses] }',
  anthropic: '{ kind: anthropic, api_key: sk-ant-fake-key-4 }',
  gemini: '{ kind: gemini, api_key: AIza-fake-key-5 }',
  bedrock: '{ kind: bedrock, region: us-east-1, access_key_id: AKIAFAKE, secret_access_key: fake-key-6 }',
  'bedrock-invoke': '{ kind: bedrock, region: us-east-1, api_key: fake-key-6, invoke: true }',
  ollama: '{ kind: ollama, base_url: "http://127.0.0.1:11434" }',
  openrouter:
    '{ kind: openai, base_url: "https://openrouter.ai/api/v1", api_key: sk-or-fake-key-7, apis: [chat, completions, embeddings] }',
  deepseek: '{ kind: openai, base_url: "https://api.deepseek.com/v1", api_key: sk-fake-key-8 }',
  groq: '{ kind: openai, base_url: "https://api.groq.com/openai/v1", api_key: gsk_fake-key-9 }',
  compatible: '{ kind: openai, base_url: "http://127.0.0.1:8000/v1", apis: [chat, completions, embeddings] }',
  'gemini-compatible':
    '{ kind: openai, base_url: "https://generativelanguage.googleapis.com/v1beta/openai", api_key: AIza-fake-key-10 }',
  'ollama-compatible':
    '{ kind: openai, base_url: "http://127.0.0.1:11434/v1", apis: [chat, completions, embeddings] }',
};

/** The provider that a case is an answer of. */
export function providerOf({ provider, api, model }: ProviderCase): string {
  if (api.startsWith('responses')) return `${provider}-responses`;
  if (api === 'bedrock.invoke.messages') return 'bedrock-invoke';
  if (provider === 'openai-compatible') {
    return model.startsWith('deepseek') ? 'deepseek' : model.startsWith('llama') ? 'groq' : 'compatible';
  }
  const compatible = api === 'chat.completions' && (provider === 'gemini' || provider === 'ollama');
  return compatible ? `${provider}-compatible` : provider;
}

/** What the path of a request for a case's API ends with. */
export const pathOf: Readonly<Record<string, RegExp>> = {
  'chat.completions': /\/chat\/completions(\?.*)?$/,
  completions: /\/completions(\?.*)?$/,
  responses: /\/responses(\?.*)?$/,
  'responses.input_tokens': /\/responses\/input_tokens(\?.*)?$/,
  embeddings: /\/embeddings(\?.*)?$/,
  messages: /\/v1\/messages(\?.*)?$/,
  'messages.count_tokens': /\/v1\/messages\/count_tokens(\?.*)?$/,
  generateContent: /:(generateContent|streamGenerateContent\?alt=sse)$/,
  countTokens: /:countTokens$/,
  batchEmbedContents: /:batchEmbedContents$/,
  converse: /\/converse(-stream)?$/,
  'bedrock.invoke.messages': /\/invoke(-with-response-stream)?$/,
  'bedrock.count_tokens': /\/count-tokens$/,
  'bedrock.embeddings': /\/invoke$/,
  'ollama.chat': /\/api\/chat$/,
  'ollama.embed': /\/api\/embed$/,
};

/** Ids that are the same for every request: then equal requests have equal answers, byte for byte. */
const fixedIds: Ids = {
  request: () => 'req_00000000000000000000ffff',
  trace: () => '0'.repeat(31).concat('1'),
  span: () => '0'.repeat(15).concat('1'),
};

const silence: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silence,
};

export interface ProviderGateway {
  readonly kit: TestGateway;
  /** Providers that could not be configured, with the reason. */
  readonly missing: ReadonlyMap<string, string>;
  /** The providers as the gateway made them, by name, with the kind they are of. */
  readonly providers: ReadonlyMap<string, { readonly provider: Provider; readonly kind: AnyProviderKind }>;
}

/** A gateway with all of these providers. */
export async function providerGateway(fixed = false): Promise<ProviderGateway> {
  const missing = new Map<string, string>();
  const good: string[] = [];
  for (const [name, options] of Object.entries(providers)) {
    const line = `  ${name}: ${options}`;
    try {
      const one = await testGateway({ config: `providers:\n${line}\n` });
      await one.close();
      good.push(line);
    } catch (error) {
      missing.set(name, error instanceof Error ? error.message : String(error));
    }
  }
  const made = new Map<string, { provider: Provider; kind: AnyProviderKind }>();
  const kinds = firstPartyProviders.map((kind) => ({
    ...kind,
    create(options: unknown, services: ProviderServices, name: string) {
      const provider = kind.create(options, services, name);
      made.set(name, { provider, kind });
      return provider;
    },
  }));
  const config = `providers:\n${good.join('\n')}\n`;
  const services = fixed ? { ids: fixedIds, log: silence } : {};
  return { kit: await gatewayWith(config, kinds, services), missing, providers: made };
}

/** A `testGateway` with services of our own. */
async function gatewayWith(
  config: string,
  kinds: readonly AnyProviderKind[],
  services: { readonly ids?: Ids; readonly log?: Log },
): Promise<TestGateway> {
  if (services.ids === undefined) return testGateway({ config, kinds });
  const upstream = new ScriptedUpstream();
  const clock = new FakeClock();
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: config },
    policies: {},
    plugins: [],
    kinds,
    env: {},
    http: upstream,
    services: { clock, random: fixedRandom(), ...services },
  });
  const unused = () => Promise.reject(new Error('not in this kit'));
  return {
    gateway,
    upstream,
    clock,
    log: recordingLog(),
    post: (path, body, headers = {}) =>
      gateway.request(
        new Request(`http://gateway.test${path}`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', ...headers },
          body: typeof body === 'string' ? body : JSON.stringify(body),
        }),
      ),
    chat: unused,
    get: unused,
    trace(response) {
      const trace = gateway.trace(response.headers.get('x-request-id') ?? '');
      if (trace === undefined) throw new Error('no decision record');
      return trace;
    },
    close: () => gateway.close(),
  };
}
