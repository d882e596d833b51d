import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import {
  loadProviderCases,
  noSharedCases,
  ownCases,
  type ProviderCase,
  sharedCases,
} from '../../providers/fixture.ts';
import { target, usage } from './arbitrary.ts';
import { noPriceSource, priceSource } from './source.ts';

const prices = createPrices(shippedPrices);

/** Models by the name that the source has for them, where it is not the one that was asked for. */
const sourceNames: Readonly<Record<string, string>> = {
  'claude-sonnet-4-0': 'claude-sonnet-4-20250514',
};

/** What has no price, and why that is right. */
const unpriced: readonly (readonly [RegExp, string])[] = [
  [/^ollama\/|^openai-compatible\/(?!vllm)/, 'a server of one’s own, or one that the table does not know'],
  [/^openai-compatible\/vllm|^openrouter\//, 'another seller’s names'],
  [/claude-3-5-sonnet-20240620$/, 'retired, not in the source'],
  [/gemini-2\.0-flash-exp$|gemini-2\.5-pro-preview-05-06$/, 'an experiment, not in the source'],
  [/gemini-1\.5-flash$/, 'retired; the source has half a price'],
  [/gpt-own-1$/, 'made up'],
  [/audio/, 'sound costs other than text'],
];

/** A decimal number of dollars for a token as nano-dollars for a million: its digits, no arithmetic of floats. */
function nanoPerMillion(usd: unknown): bigint | undefined {
  if (typeof usd !== 'number') return undefined;
  const [digits, exponent] = usd.toExponential().split('e') as [string, string];
  const [whole, fraction = ''] = digits.split('.') as [string, string?];
  const zeros = 15 + Number(exponent) - fraction.length;
  if (zeros < 0) throw new Error(`${usd} has a fraction of a nano-dollar`);
  return BigInt(whole + fraction) * 10n ** BigInt(zeros);
}

function roundedUp(tokens: number, perMillion: bigint): bigint {
  return (BigInt(tokens) * perMillion + 999_999n) / 1_000_000n;
}

/** The cost by hand, from the source's own numbers. None of these cases is long. */
function byHand(
  fact: Readonly<Record<string, unknown>>,
  counts: Readonly<Record<string, number>>,
  tier: string,
) {
  const price = (field: string) => nanoPerMillion(fact[`${field}_${tier}`]) ?? nanoPerMillion(fact[field]);
  const input = price('input_cost_per_token')!;
  const write = price('cache_creation_input_token_cost') ?? input;
  const { input_total = 0, output_total = 0, cache_read = 0, cache_write = 0, cache_write_1h = 0 } = counts;
  return {
    input:
      roundedUp(input_total - cache_read - cache_write, input) +
      roundedUp(cache_read, price('cache_read_input_token_cost') ?? input) +
      roundedUp(cache_write - cache_write_1h, write) +
      roundedUp(cache_write_1h, price('cache_creation_input_token_cost_above_1hr') ?? write),
    output: roundedUp(output_total, price('output_cost_per_token')!),
  };
}

/** The tier that an answer names, wherever it does. */
function tierOf(fixture: ProviderCase): string {
  const names = fixture.payloads.flatMap((payload) =>
    [...JSON.stringify(payload).matchAll(/"service_tier":"(\w+)"/g)].map(([, name]) => name!),
  );
  return names.at(-1) ?? '';
}

const groups = [
  ['the project’s own cases', ownCases, noPriceSource],
  ['the recorded cases', sharedCases, noPriceSource || noSharedCases],
] as const;

for (const [name, root, skip] of groups) {
  t.test(`${name} cost what a calculation by hand says`, { skip }, (t) => {
    const { models } = priceSource();
    let priced = 0;
    for (const fixture of loadProviderCases(root)) {
      const counts = fixture.facts.usage;
      if (!counts || fixture.api.includes('count')) continue;
      const kind = /^open/.test(fixture.provider) ? 'openai' : fixture.provider;
      const answered = fixture.payloads
        .map((payload) => payload['model'] ?? payload['modelVersion'])
        .find(Boolean);
      // Azure's deployments are called anything; the answer names the model.
      const model =
        !fixture.model || /deployment$|^own-/.test(fixture.model) ? String(answered) : fixture.model;
      const cost = prices.cost(
        target(kind, model, { provider: fixture.provider }),
        usage({
          inputTokens:
            (counts['input_total'] ?? 0) - (counts['cache_read'] ?? 0) - (counts['cache_write'] ?? 0),
          cacheReadTokens: counts['cache_read'] ?? 0,
          cacheWrite5mTokens: (counts['cache_write'] ?? 0) - (counts['cache_write_1h'] ?? 0),
          cacheWrite1hTokens: counts['cache_write_1h'] ?? 0,
          outputTokens: counts['output_total'] ?? 0,
          reasoningTokens: counts['reasoning'] ?? 0,
        }),
        tierOf(fixture),
      );
      const reason = unpriced.find(([pattern]) => pattern.test(`${fixture.provider}/${model}`));
      const facts = models[kind]?.[sourceNames[model] ?? model];
      if (reason || !facts) {
        t.equal(
          cost,
          null,
          `${fixture.name}: ${model} has no price: ${reason?.[1] ?? 'and nobody said why'}`,
        );
        t.ok(reason, `${fixture.name}: ${model} is known to have none`);
        continue;
      }
      const hand = byHand(facts, counts, tierOf(fixture));
      t.strictSame(
        [
          BigInt(cost?.inputNanoUsd ?? -1),
          BigInt(cost?.outputNanoUsd ?? -1),
          BigInt(cost?.totalNanoUsd ?? -1),
        ],
        [hand.input, hand.output, hand.input + hand.output],
        `${fixture.name}: ${model}`,
      );
      priced += 1;
    }
    t.comment(`${priced} cases have a price`);
    t.end();
  });
}
