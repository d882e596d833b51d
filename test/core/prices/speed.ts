import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import { target, usage } from './arbitrary.ts';

/** Measures looking prices up and computing costs: `node test/core/prices/speed.ts`. */
const prices = createPrices(shippedPrices);
const used = usage({
  inputTokens: 1700,
  cacheReadTokens: 11_110,
  cacheWrite5mTokens: 418,
  cacheWrite1hTokens: 2056,
  outputTokens: 1000,
  reasoningTokens: 330,
});
const sonnet = target('anthropic', 'claude-sonnet-4-5-20250929');
const profile = target(
  'bedrock',
  'arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-sonnet-4-6',
);
const overridden = prices.with(
  Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`local-${index}/*`, { input: 1, output: 1 }])),
);

let sink = 0;
function measure(name: string, run: () => number, calls = 300_000): void {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round += 1) {
    const start = process.hrtime.bigint();
    for (let call = 0; call < calls; call += 1) sink += run();
    best = Math.min(best, Number(process.hrtime.bigint() - start) / calls);
  }
  console.log(`${name.padEnd(58)} ${best.toFixed(0).padStart(7)} ns`);
}

measure('of(), a target of an alias', () => prices.of(sonnet)!.input);
measure('of(), a target made for the request, snapshot', () => prices.of({ ...sonnet })!.input);
measure('of(), a target made for the request, Bedrock ARN', () => prices.of({ ...profile })!.input);
measure('of(), a target made for the request, unknown model', () =>
  prices.of({ ...sonnet, model: 'x' }) ? 1 : 0,
);
measure('of(), the same with 20 globs', () => (overridden.of({ ...sonnet, model: 'x' }) ? 1 : 0));
measure('cost(), all classes', () => prices.cost(sonnet, used)!.totalNanoUsd);
measure('cost(), all classes, a tier', () => prices.cost(sonnet, used, 'priority')!.totalNanoUsd);
measure('cost(), a target made for the request', () => prices.cost({ ...sonnet }, used)!.totalNanoUsd);
measure('most()', () => prices.most(sonnet, 15_000, 4096)!.totalNanoUsd);
measure('createPrices(), all of the table hashed', () => createPrices(shippedPrices).version.length, 50);
measure('with(), 20 overrides', () => overridden.with({ 'a/b': { input: 1 } }).version.length, 1000);
if (Number.isNaN(sink)) throw new Error('never');
