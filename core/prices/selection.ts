/** What of the source is not taken into the table, by kind, with the reason. */
const leftOut: readonly (readonly [kind: string, pattern: RegExp, reason: string])[] = [
  [
    '',
    /audio|-tts|-live|lyria|robotics|computer-use|omni|container|voxtral|embed-image|pegasus|marengo/,
    'no text',
  ],
  ['', /exp-|experimental|learnlm|gemini-gemma/, 'experiments'],
  ['openai', /babbage|davinci|-16k|-0314|-preview$/, 'retired'],
  ['openai', /^ft:gpt-3\.5-turbo-\d/, 'retired'],
  ['anthropic', /^claude-4-/, 'a name of the source only'],
  ['gemini', /^gemini-1\.5/, 'retired, priced as an embedding'],
  ['azure', /^global/, 'what a name without a zone is'],
  ['azure', /^ada$|instruct|-16k|-32k|vision|-4\.5-|o1-preview|o1-mini|mistral|command/, 'retired'],
  ['azure', /^gpt-(?:35|3\.5)-turbo-(?!0125)|^gpt-4-\d{4}-preview/, 'retired'],
  ['bedrock', /j2-|jamba|claude-(?:instant|v\d)|llama2|titan-text-(?:lite|premier)|g1-text/, 'retired'],
  ['bedrock', /command-|mistral-7b|mixtral|-240\d-v|llama3-(?:8b|70b)|llama3-2|palmyra/, 'old'],
  ['bedrock', /^invoke\/|(?:^|\/)claude-|@|^moonshot\.|3-7-sonnet-20240620/, 'a name of the source only'],
];

/** Why a model is left out; null where it is taken. Search models keep their tokens' price: the fee is per call. */
export function reasonToLeaveOut(kind: string, model: string): string | null {
  if (/search-preview/.test(model)) return null;
  const found = leftOut.find(([of, pattern]) => (of === '' || of === kind) && pattern.test(model));
  return found?.[2] ?? null;
}

/** The name that the table has for a name of the source. */
export function tableName(kind: string, model: string): string {
  return kind === 'bedrock' ? model.replace(/^bedrock_mantle\//, '') : model;
}
