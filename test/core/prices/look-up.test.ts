import t from 'tap';
import { createPrices } from '../../../core/prices/prices.ts';
import { shippedPrices } from '../../../core/prices/shipped.ts';
import { target } from './arbitrary.ts';

const prices = createPrices(shippedPrices);

/** Dollars for a million tokens, input and output; null where there is no price. */
function dollars(kind: string, model: string, region = ''): readonly [number, number] | null {
  const price = prices.of(target(kind, model, { region }));
  return price && [price.input / 1e9, price.output / 1e9];
}

t.test('a snapshot costs what its model does, unless it has a price of its own', (t) => {
  t.strictSame(dollars('openai', 'gpt-4o'), [2.5, 10]);
  t.strictSame(dollars('openai', 'gpt-4o-2024-08-06'), [2.5, 10]);
  t.strictSame(dollars('openai', 'gpt-4o-2024-05-13'), [5, 15]);
  t.strictSame(dollars('openai', 'gpt-4-0613'), [30, 60]);
  t.strictSame(dollars('openai', 'gpt-3.5-turbo-1106'), [1, 2]);
  t.strictSame(dollars('openai', 'gpt-5-chat-latest'), [1.25, 10]);
  t.strictSame(dollars('anthropic', 'claude-haiku-4-5-20251001'), [1, 5]);
  t.strictSame(dollars('anthropic', 'claude-sonnet-4-0'), [3, 15]);
  t.strictSame(dollars('anthropic', 'claude-sonnet-4-20250514'), [3, 15]);
  t.strictSame(dollars('anthropic', 'claude-3-7-sonnet-latest'), [3, 15]);
  t.strictSame(dollars('gemini', 'gemini-2.0-flash-001'), [0.1, 0.4]);
  t.strictSame(dollars('gemini', 'models/gemini-2.5-flash'), [0.3, 2.5]);
  t.strictSame(dollars('gemini', 'gemini-embedding-001'), [0.15, 0]);
  t.end();
});

t.test('a fine-tuned model has its own price, and not that of its base', (t) => {
  t.strictSame(dollars('openai', 'ft:gpt-4o-2024-08-06:my-org::abc123'), [3.75, 15]);
  t.strictSame(dollars('openai', 'ft:gpt-4.1-mini-2025-04-14:my-org:name:abc:ckpt-step-90'), [0.8, 3.2]);
  t.equal(dollars('openai', 'ft:gpt-5-2025-08-07:my-org::abc123'), null);
  t.end();
});

t.test('Bedrock: profiles and regions have their own prices, else the model has', (t) => {
  const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  t.strictSame(dollars('bedrock', sonnet, 'us-east-1'), [3, 15]);
  t.strictSame(dollars('bedrock', `us.${sonnet}`, 'us-east-1'), [3.3, 16.5]);
  t.strictSame(dollars('bedrock', `global.${sonnet}`), [3, 15]);
  t.strictSame(dollars('bedrock', `us-gov.${sonnet}`), [3.6, 18]);
  t.strictSame(dollars('bedrock', 'eu.anthropic.claude-opus-4-1-20250805-v1:0'), [15, 75], 'as the model');
  t.strictSame(
    dollars('bedrock', 'eu.anthropic.claude-3-5-haiku-20241022-v1:0'),
    [0.8, 4],
    'and not the third of it that the source says',
  );
  t.strictSame(dollars('bedrock', 'eu.amazon.nova-micro-v1:0'), [0.046, 0.184]);
  t.strictSame(dollars('bedrock', 'amazon.nova-micro-v1:0'), [0.035, 0.14]);
  t.strictSame(dollars('bedrock', 'deepseek.v3.2', 'us-west-2'), [0.62, 1.85]);
  t.strictSame(dollars('bedrock', 'deepseek.v3.2', 'eu-north-1'), [0.74, 2.22]);
  t.end();
});

t.test('Bedrock: an ARN is the model at its end, in its own region', (t) => {
  const arn = (region: string, rest: string) => `arn:aws:bedrock:${region}:123456789012:${rest}`;
  const sonnet = 'anthropic.claude-sonnet-4-5-20250929-v1:0';
  t.strictSame(dollars('bedrock', arn('us-east-1', `inference-profile/us.${sonnet}`)), [3.3, 16.5]);
  t.strictSame(dollars('bedrock', arn('us-east-1', `foundation-model/${sonnet}:200k`)), [3, 15]);
  t.strictSame(
    dollars('bedrock', arn('eu-north-1', 'foundation-model/deepseek.v3.2'), 'us-east-1'),
    [0.74, 2.22],
  );
  t.equal(dollars('bedrock', arn('us-east-1', 'application-inference-profile/abc123')), null);
  t.equal(dollars('bedrock', arn('us-east-1', 'provisioned-model/abc123')), null);
  t.end();
});

t.test('Azure: the base model, dearer in a data zone', (t) => {
  t.strictSame(dollars('azure', 'gpt-4.1'), [2, 8], 'as at OpenAI');
  t.strictSame(dollars('azure', 'gpt-4o-mini'), [0.165, 0.66]);
  t.strictSame(dollars('azure', 'gpt-35-turbo'), [0.5, 1.5]);
  t.strictSame(dollars('azure', 'gpt-5-mini-2025-08-07'), [0.25, 2]);
  t.strictSame(dollars('azure', 'gpt-5-mini-2025-08-07', 'eu'), [0.275, 2.2]);
  t.strictSame(dollars('azure', 'gpt-4.1', 'eu'), [2, 8], 'no price of its own');
  t.strictSame(dollars('azure', 'gpt-4.1', 'somewhere'), [2, 8]);
  t.equal(dollars('azure', 'our-chat-deployment'), null, 'the name of a deployment says nothing');
  t.end();
});

t.test('other kinds: the maker’s price by the name of the model, never that of another seller', (t) => {
  t.strictSame(dollars('our-own-kind', 'claude-haiku-4-5'), [1, 5]);
  t.strictSame(dollars('openai', 'gemini-2.5-pro'), [1.25, 10], 'Google’s compatible endpoint');
  t.strictSame(dollars('openai', 'openai.gpt-oss-20b'), [0.075, 0.3], 'Bedrock’s compatible endpoint');
  t.equal(dollars('openai', 'anthropic/claude-sonnet-4.5'), null, 'OpenRouter');
  t.equal(dollars('openai', 'openai/gpt-4o'), null);
  t.equal(dollars('openai', 'meta-llama/Llama-3.2-1B-Instruct'), null);
  t.equal(dollars('openai', 'llama-3.3-70b-versatile'), null);
  t.equal(dollars('ollama', 'gpt-4o'), null, 'whatever it is, it runs here');
  t.equal(dollars('bedrock', 'gpt-4o'), null);
  t.end();
});

t.test('the mock is free, and what nobody knows is not', (t) => {
  t.strictSame(dollars('mock', 'gpt'), [0, 0]);
  t.strictSame(dollars('mock', 'anything+error-503'), [0, 0]);
  t.equal(dollars('openai', 'gpt-99'), null);
  for (const name of ['toString', '__proto__', 'constructor', '', '/', 'eu/', 'ft:', 'arn:', 'a/__proto__']) {
    for (const kind of ['openai', 'azure', 'bedrock', 'gemini', '__proto__', 'toString']) {
      t.equal(dollars(kind, name, 'constructor'), null, `${kind} ${name}`);
    }
  }
  t.end();
});

t.test('a price is found once for each target object', (t) => {
  const one = target('openai', 'gpt-4o');
  t.equal(prices.of(one), prices.of(one));
  t.equal(prices.of(one), prices.of(target('openai', 'gpt-4o-2024-08-06')), 'and made once for each model');
  t.end();
});
