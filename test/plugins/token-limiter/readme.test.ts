import { readFileSync } from 'node:fs';
import t from 'tap';
import { schema } from '../../../plugins/token-limiter/options.ts';
import { tokenLimiter } from '../../../plugins/token-limiter/plugin.ts';
import { limitedGateway } from './gateway.ts';
import { identity, optionsOf } from './harness.ts';

const readme = readFileSync(new URL('../../../plugins/token-limiter/README.md', import.meta.url), 'utf8');

t.test('the README names every option with its default', async (t) => {
  const [, options] = /## Options\n([\s\S]*?)\n`by`:/.exec(readme)!;
  const rows = [...options!.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|none) \|/gm)];
  const properties = schema['properties'] as Record<string, { default: unknown }>;
  t.strictSame(
    rows.map(([, name, value]) => [name, value]),
    Object.entries(properties).map(([name, { default: value }]) => [
      name,
      value === undefined || Array.isArray(value) ? undefined : String(value),
    ]),
  );
});

t.test('the README’s file loads, and so does the name alone', async (t) => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(readme)!;
  const file = yaml!.replace(/^.*plugin: token-limiter\n/s, '');
  const { close, post } = await limitedGateway({ identity: identity(), file });
  t.teardown(close);
  const response = await post('/v1/chat/completions', {
    model: 'cheap',
    messages: [{ role: 'user', content: 'Hi' }],
  });
  t.equal(response.status, 200);
  t.equal(response.headers.get('x-ratelimit-limit-requests'), '300');
  await response.text();
  t.equal(optionsOf({}).limits.length, 0);
});

t.test('the README names what the plugin needs', async (t) => {
  for (const need of tokenLimiter.needs) t.match(readme, `\`${need}\``);
  t.equal(tokenLimiter.onFailure, 'closed');
});
