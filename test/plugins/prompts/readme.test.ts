import t from 'tap';
import { testGateway } from '../../../core/testing.ts';
import { schema } from '../../../plugins/prompts/options.ts';
import { prompts } from '../../../plugins/prompts/plugin.ts';
import { blocksOf, page, rowsOf, section } from '../../docs/pages.ts';

const path = 'plugins/prompts/README.md';
const readme = page(path);

t.test('the README names every option with its default, and what the plugin needs', (t) => {
  const rows = rowsOf(section(readme, '## Options'), 'option').map(([name, value]) => [name, value]);
  const options = Object.entries(schema['properties'] as Record<string, { default: string }>);
  t.strictSame(
    rows,
    options.map(([name, { default: value }]) => [`\`${name}\``, `\`${value}\``]),
  );
  for (const need of prompts.needs) t.match(readme, `\`${need}\``);
  t.end();
});

t.test('the README’s file, prompt and request work', async (t) => {
  const [file, prompt, request] = blocksOf(path);
  t.match(file!.text, /^plugin: prompts$/m);
  const text = prompt!.text.replace(/^#[^\n]*\n/, '');
  const { post, upstream, close } = await testGateway({
    policies: { '35-prompts.yaml': file!.text, 'prompts/support.md': text },
  });
  t.teardown(close);
  const answer = await post('/v1/chat/completions', {
    ...(JSON.parse(request!.text) as object),
    model: 'test',
  });
  t.equal(answer.status, 200, await answer.text());
  t.match(upstream.calls[0]!.json, {
    messages: [
      { role: 'system', content: 'You help people with Sluice. Be formal.' },
      { role: 'user', content: 'Where do I begin?' },
    ],
  });
});
