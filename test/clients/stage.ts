import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { anthropicUpstream, openAiUpstream, type Upstream } from './upstream.ts';

/** A gateway on a real socket between a client's SDK and two scripted providers. */
export interface Stage {
  /** Without `/v1`. */
  readonly url: string;
  /** The key that the gateway takes. */
  readonly key: string;
  /** Behind the alias `claude`. */
  readonly anthropic: Upstream;
  /** Behind the alias `gpt`. */
  readonly openai: Upstream;
  close(): Promise<void>;
}

/** Starts everything. The aliases' names say nothing of what the SDKs look for in names of models. */
export async function stage(): Promise<Stage> {
  const [anthropic, openai] = await Promise.all([anthropicUpstream(), openAiUpstream()]);
  const text = `
auth: { master_key: sk-gateway }
providers:
  up-anthropic: { kind: anthropic, base_url: "${anthropic.url}", api_key: sk-ant-upstream }
  up-openai: { kind: openai, base_url: "${openai.url}/v1", api_key: sk-upstream }
models:
  claude: up-anthropic/claude-sonnet-4-5
  gpt: up-openai/gpt-4o
`;
  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text },
    policies: {},
    env: {},
    port: 0,
    services: { log: silentLog },
  });
  const { url } = await gateway.listen();
  return {
    url,
    key: 'sk-gateway',
    anthropic,
    openai,
    async close() {
      await gateway.close();
      await Promise.all([anthropic.close(), openai.close()]);
    },
  };
}

/** What a call was rejected with; undefined where it was not. */
export function failure(call: PromiseLike<unknown>): Promise<unknown> {
  return Promise.resolve(call).then(
    () => undefined,
    (error: unknown) => error,
  );
}
