import type { PrefixMark } from '../../sdk/index.ts';
import type { Markable } from './models.ts';
import type { PromptCacheOptions } from './options.ts';
import type { PromptParts } from './prompt.ts';
import type { Seen } from './tracker.ts';

/** English has about four characters to a token, JSON and code three; a mark that is too early costs nothing. */
const charsPerToken = 3;
/** Within five minutes the shorter mark is renewed with every use; after an hour the longer one is gone, too. */
const shortGapMs = 4 * 60_000;
const longGapMs = 60 * 60_000;

/** Marks for one attempt, in the order of the prompt; at most four. */
export function marksFor(
  { tools, system, texts }: PromptParts,
  { minTokens, tools: takesTools, hour }: Markable,
  seen: Pick<Seen, 'unstable' | 'gapMs'>,
  options: Pick<PromptCacheOptions, 'mark' | 'ttl' | 'min_tokens'>,
): readonly PrefixMark[] {
  const { mark } = options;
  const enough = (options.min_tokens ?? minTokens) * charsPerToken;
  const ttl = ttlOf(options.ttl, seen.gapMs, hour);
  const marks: PrefixMark[] = [];
  if (seen.unstable.tools) return marks;
  const head = tools.length + system.length;
  if (mark.includes('tools') && takesTools && tools.length >= enough) marks.push({ after: 'tools', ttl });
  if (seen.unstable.system) return marks;
  if (mark.includes('system') && system !== '' && head >= enough) marks.push({ after: 'system', ttl });
  const document = mark.includes('documents') ? lastDocument(texts, enough) : -1;
  if (document !== -1) marks.push({ after: texts[document]!.pointer, ttl });
  if (mark.includes('conversation')) {
    const last = texts.length - 1;
    const chars = texts.reduce((sum, text) => sum + text.chars, head);
    const goesOn = texts.some(({ role }) => role === 'assistant');
    // A request that stands alone is not sent again; of a conversation the next turn reads this one.
    if (goesOn && last > document && chars >= enough) marks.push({ after: texts[last]!.pointer, ttl: '5m' });
  }
  return marks;
}

/** The last long text that something follows: a question comes after what it is about. */
function lastDocument(texts: PromptParts['texts'], enough: number): number {
  for (let index = texts.length - 2; index >= 0; index -= 1) {
    const { role, chars } = texts[index]!;
    if (chars >= enough && (role === 'user' || role === 'tool')) return index;
  }
  return -1;
}

function ttlOf(wanted: PromptCacheOptions['ttl'], gapMs: number | null, hour: boolean): PrefixMark['ttl'] {
  if (!hour || wanted === '5m') return '5m';
  if (wanted === '1h') return '1h';
  return gapMs !== null && gapMs > shortGapMs && gapMs <= longGapMs ? '1h' : '5m';
}
