/** How a provider of LiteLLM is reached here. */
export interface KnownProvider {
  /** Kind in `gateway.yaml`. */
  readonly kind: 'openai' | 'azure' | 'anthropic' | 'gemini' | 'vertex' | 'bedrock' | 'ollama';
  /** Address where the file names none; absent where the kind has one of its own, null where the file must name it. */
  readonly baseUrl?: string | null;
  /** Variable that LiteLLM reads where the file has no key; absent where it needs none. */
  readonly keyVariable?: string;
  /** Profile of the kind `openai`, where the address does not say it. */
  readonly profile?: string;
}

const compatible = (baseUrl: string, keyVariable: string): KnownProvider => ({
  kind: 'openai',
  baseUrl,
  keyVariable,
});
const named: KnownProvider = { kind: 'openai', baseUrl: null };

/** By the word before the first slash of `litellm_params.model` (docs.litellm.ai, Providers). */
export const knownProviders: Readonly<Record<string, KnownProvider>> = {
  openai: { kind: 'openai', keyVariable: 'OPENAI_API_KEY' },
  'text-completion-openai': { kind: 'openai', keyVariable: 'OPENAI_API_KEY' },
  azure: { kind: 'azure', baseUrl: null, keyVariable: 'AZURE_API_KEY' },
  azure_text: { kind: 'azure', baseUrl: null, keyVariable: 'AZURE_API_KEY' },
  azure_ai: { kind: 'azure', baseUrl: null, keyVariable: 'AZURE_AI_API_KEY' },
  anthropic: { kind: 'anthropic', keyVariable: 'ANTHROPIC_API_KEY' },
  gemini: { kind: 'gemini', keyVariable: 'GEMINI_API_KEY' },
  vertex_ai: { kind: 'vertex' },
  vertex_ai_beta: { kind: 'vertex' },
  bedrock: { kind: 'bedrock' },
  bedrock_converse: { kind: 'bedrock' },
  ollama: { kind: 'ollama' },
  ollama_chat: { kind: 'ollama' },
  hosted_vllm: { kind: 'openai', baseUrl: null, profile: 'vllm' },
  vllm: { kind: 'openai', baseUrl: null, profile: 'vllm' },
  lm_studio: named,
  llamafile: named,
  litellm_proxy: named,
  openai_like: named,
  custom_openai: named,
  xinference: named,
  mistral: compatible('https://api.mistral.ai/v1', 'MISTRAL_API_KEY'),
  codestral: compatible('https://codestral.mistral.ai/v1', 'CODESTRAL_API_KEY'),
  groq: compatible('https://api.groq.com/openai/v1', 'GROQ_API_KEY'),
  deepseek: compatible('https://api.deepseek.com/v1', 'DEEPSEEK_API_KEY'),
  xai: compatible('https://api.x.ai/v1', 'XAI_API_KEY'),
  openrouter: compatible('https://openrouter.ai/api/v1', 'OPENROUTER_API_KEY'),
  together_ai: compatible('https://api.together.xyz/v1', 'TOGETHERAI_API_KEY'),
  fireworks_ai: compatible('https://api.fireworks.ai/inference/v1', 'FIREWORKS_API_KEY'),
  perplexity: compatible('https://api.perplexity.ai', 'PERPLEXITYAI_API_KEY'),
  cerebras: compatible('https://api.cerebras.ai/v1', 'CEREBRAS_API_KEY'),
  deepinfra: compatible('https://api.deepinfra.com/v1/openai', 'DEEPINFRA_API_KEY'),
  nvidia_nim: compatible('https://integrate.api.nvidia.com/v1', 'NVIDIA_NIM_API_KEY'),
  moonshot: compatible('https://api.moonshot.ai/v1', 'MOONSHOT_API_KEY'),
  sambanova: compatible('https://api.sambanova.ai/v1', 'SAMBANOVA_API_KEY'),
  dashscope: compatible('https://dashscope-intl.aliyuncs.com/compatible-mode/v1', 'DASHSCOPE_API_KEY'),
  cohere: compatible('https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  cohere_chat: compatible('https://api.cohere.ai/compatibility/v1', 'COHERE_API_KEY'),
  voyage: compatible('https://api.voyageai.com/v1', 'VOYAGE_API_KEY'),
};

/** Which provider LiteLLM means by a model without one. Null where the name does not say. */
export function providerOfModel(model: string): string | null {
  if (/^(gpt-|chatgpt-|o\d|text-embedding-|ft:|davinci|babbage|dall-e|whisper|tts-)/.test(model))
    return 'openai';
  if (/^claude/.test(model)) return 'anthropic';
  if (/^gemini/.test(model)) return 'vertex_ai';
  if (/^command/.test(model)) return 'cohere';
  if (/^(anthropic|amazon|meta|cohere|mistral|us\.|eu\.|apac\.)\S*[.:]/.test(model)) return 'bedrock';
  return null;
}
