import { accessLog } from '../plugins/access-log/plugin.ts';
import { alerts } from '../plugins/alerts/plugin.ts';
import { classifier } from '../plugins/classifier/plugin.ts';
import { fallback } from '../plugins/fallback/plugin.ts';
import { jsonataFilter } from '../plugins/jsonata-filter/plugin.ts';
import { keys } from '../plugins/keys/plugin.ts';
import { ledger } from '../plugins/ledger/plugin.ts';
import { moderation } from '../plugins/moderation/plugin.ts';
import { piiRedactor } from '../plugins/pii-redactor/plugin.ts';
import { promptCache } from '../plugins/prompt-cache/plugin.ts';
import { prompts } from '../plugins/prompts/plugin.ts';
import { anthropicProvider } from '../plugins/providers/anthropic/provider.ts';
import { azureProvider } from '../plugins/providers/azure/provider.ts';
import { bedrockProvider } from '../plugins/providers/bedrock/provider.ts';
import { geminiProvider } from '../plugins/providers/gemini/provider.ts';
import { mockProvider } from '../plugins/providers/mock/provider.ts';
import { serveMock } from '../plugins/providers/mock/server.ts';
import { ollamaProvider } from '../plugins/providers/ollama/provider.ts';
import { openAiProvider } from '../plugins/providers/openai/provider.ts';
import { reportOnPairs } from '../plugins/semantic-cache/eval/report.ts';
import { semanticCache } from '../plugins/semantic-cache/plugin.ts';
import { structuredOutput } from '../plugins/structured-output/plugin.ts';
import { tokenLimiter } from '../plugins/token-limiter/plugin.ts';
import type { AnyPlugin } from '../sdk/plugin.ts';
import type { AnyProviderKind } from '../sdk/provider.ts';
import type { Gateway } from './runtime/gateway.ts';
import type { GatewayOptions } from './runtime/options.ts';
import { startGateway } from './runtime/start.ts';

export { reportOnPairs, serveMock };

/** The plugins that ship with the gateway. This file is the one place that names them. */
export const firstPartyPlugins: readonly AnyPlugin[] = [
  accessLog,
  ledger,
  keys,
  tokenLimiter,
  fallback,
  classifier,
  piiRedactor,
  prompts,
  promptCache,
  jsonataFilter,
  structuredOutput,
  moderation,
  semanticCache,
  alerts,
];

/** The provider kinds that ship with the gateway. */
export const firstPartyProviders: readonly AnyProviderKind[] = [
  openAiProvider,
  azureProvider,
  anthropicProvider,
  geminiProvider,
  bedrockProvider,
  ollamaProvider,
  mockProvider,
];

/** What an embedder may leave out: the first-party plugins and providers are there already. */
export interface GatewaySetup extends Omit<GatewayOptions, 'plugins' | 'kinds'> {
  /** Plugins of your own; a name that is taken replaces the first-party one. */
  readonly plugins?: readonly AnyPlugin[];
  readonly kinds?: readonly AnyProviderKind[];
}

/**
 * Loads the configuration and the policies folder and gives a gateway that is ready to serve.
 *
 * @throws ProblemsError with everything that is wrong in `gateway.yaml` or the folder.
 * @example
 * const gateway = await createGateway({ config: null, policies: 'policies', env: {} });
 * const { url } = await gateway.listen();
 */
export function createGateway(setup: GatewaySetup): Promise<Gateway> {
  return startGateway({
    ...setup,
    plugins: [...firstPartyPlugins, ...(setup.plugins ?? [])],
    kinds: [...firstPartyProviders, ...(setup.kinds ?? [])],
  });
}
