import { readFileSync } from 'node:fs';
import t from 'tap';
import { chatReply, testGateway } from '../../../core/testing.ts';
import { schema } from '../../../plugins/pii-redactor/options.ts';
import { piiRedactor } from '../../../plugins/pii-redactor/plugin.ts';
import { actions, piiTypes } from '../../../plugins/pii-redactor/types.ts';

const readme = readFileSync(new URL('../../../plugins/pii-redactor/README.md', import.meta.url), 'utf8');

t.test('the README names every option with its default', async (t) => {
  const [, options] = /## Options\n([\s\S]*?)\nIt needs/.exec(readme)!;
  const rows = [...options!.matchAll(/^\| `(\w+)` \| (?:`([^`]+)`|none|all) \|/gm)];
  const properties = schema['properties'] as Record<string, { default: unknown }>;
  t.strictSame(
    rows.map(([, name, value]) => [name, value]),
    Object.entries(properties).map(([name, { default: value }]) => [
      name,
      typeof value === 'object' ? undefined : String(value),
    ]),
  );
  for (const name of [...actions, ...piiTypes, ...piiRedactor.needs]) t.match(readme, `\`${name}\``);
});

for (const [name, file] of [
  ['the README’s file', /```yaml\n([\s\S]*?)```/.exec(readme)![1]!],
  ['the name alone', 'plugin: pii-redactor\n'],
] as const) {
  t.test(`${name} loads and redacts`, async (t) => {
    const { chat, upstream, close } = await testGateway({ policies: { '15-pii.yaml': file } });
    t.teardown(close);
    upstream.reply(chatReply('Hello <EMAIL_1>.'));
    const answer = (await (await chat('I am ada@example.com.')).json()) as object;
    t.match(upstream.calls[0]!.json, { messages: [{ content: 'I am <EMAIL_1>.' }] });
    t.match(answer, { choices: [{ message: { content: 'Hello ada@example.com.' } }] });
  });
}
