/** Makers of models by how their names begin, for models that compatible servers host. */
const vendors: readonly (readonly [RegExp, string])[] = [
  [/^(gpt|o\d|chatgpt|text-embedding|davinci|babbage|codex|whisper|dall-e|tts)/, 'openai'],
  [/^claude/, 'anthropic'],
  [/^(gemini|gemma)/, 'google'],
  [/^(mistral|mixtral|ministral|codestral|magistral|devstral|pixtral)/, 'mistral'],
  [/^(llama|meta-llama)/, 'meta'],
  [/^(qwen|qwq)/, 'qwen'],
  [/^deepseek/, 'deepseek'],
  [/^grok/, 'xai'],
  [/^command/, 'cohere'],
  [/^phi/, 'microsoft'],
  [/^kimi/, 'moonshot'],
  [/^glm/, 'zai'],
];

/** Who names with a maker in front (`meta-llama/Llama-3.3-70B`, `mistralai/…`) mean, where it is not the maker's name. */
const owners: Readonly<Record<string, string>> = {
  'meta-llama': 'meta',
  mistralai: 'mistral',
  'deepseek-ai': 'deepseek',
  'x-ai': 'xai',
  moonshotai: 'moonshot',
  'z-ai': 'zai',
};

/** Who makes a model, judged by its name: `anthropic` for `anthropic/claude-…`; '' where the name does not say. */
export function vendorOf(model: string): string {
  // Fine-tuned models are named after the model they were made from.
  const name = model.toLowerCase().replace(/^ft:/, '');
  const slash = name.lastIndexOf('/');
  const base = slash < 0 ? name : name.slice(slash + 1);
  for (const [pattern, vendor] of vendors) {
    if (pattern.test(base)) return vendor;
  }
  if (slash < 0) return '';
  const owner = name.slice(0, name.indexOf('/'));
  return Object.hasOwn(owners, owner) ? owners[owner]! : owner;
}
