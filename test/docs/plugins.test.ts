import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { testGateway } from '../../core/testing.ts';
import type { AnyPlugin } from '../../sdk/plugin.ts';
import type { AnyProviderKind } from '../../sdk/provider.ts';
import { blocksOf, page, section } from './pages.ts';
import { runFile, typeErrors } from './typescript.ts';

const guide = blocksOf('docs/guide/plugins.md');
const examples = blocksOf('docs/reference/hooks.md').filter(({ language }) => language === 'ts');

/** The guide's block that is headed by a file name. */
function fileOf(name: string): string {
  const block = guide.find(({ file }) => file !== null && basename(file) === name);
  if (block === undefined) throw new Error(`the guide has no file ${name}`);
  return block.text;
}

/** Writes the guide's TypeScript into a folder inside the checkout, where the package's own names resolve. */
function writeGuide(folder: string): void {
  for (const { file, text, language } of guide) {
    if (language === 'ts') writeFileSync(join(folder, file!), text);
  }
}

async function load<T>(folder: string, file: string): Promise<T> {
  const exported = (await import(pathToFileURL(join(folder, file)).href)) as Record<string, T>;
  return Object.values(exported)[0]!;
}

t.test('all code of the plugin guide and of the hooks page compiles', async (t) => {
  const folder = t.testdir();
  writeGuide(folder);
  for (const [index, { text }] of examples.entries()) writeFileSync(join(folder, `hook-${index}.ts`), text);
  t.equal(await typeErrors(folder), '');
});

t.test('the plugin of the guide loads with the file of the guide, and its test passes', async (t) => {
  const folder = t.testdir();
  writeGuide(folder);
  const { gateway, close } = await testGateway({
    plugins: [await load<AnyPlugin>(folder, 'max-tools.ts')],
    policies: { '20-max-tools.yaml': fileOf('20-max-tools.yaml') },
  });
  t.match(gateway.program.steps, [{ name: 'max-tools', mode: 'shadow', onFailure: 'open', timeoutMs: 1000 }]);
  await close();
  const { code, output } = await runFile(join(folder, 'max-tools.test.ts'));
  t.equal(code, 0, output);
});

t.test('the provider of the guide serves with the configuration of the guide', async (t) => {
  const folder = t.testdir();
  writeGuide(folder);
  const { chat, upstream, close } = await testGateway({
    kinds: [await load<AnyProviderKind>(folder, 'echo.ts')],
    config: fileOf('gateway.yaml'),
    env: { ECHO_TOKEN: 'token-of-echo' },
  });
  t.teardown(close);
  const answer = await chat('Hello', { model: 'parrot' });
  t.equal(answer.status, 200);
  t.match(upstream.calls[0], {
    request: {
      origin: 'https://echo.example',
      path: '/v1/chat/completions',
      headers: { authorization: 'Bearer token-of-echo' },
    },
    json: { model: 'polly' },
  });
  upstream.reply({ status: 429, json: { error: 'token-of-echo' } });
  const limited = await chat('Hello', { model: 'parrot' });
  t.equal(limited.status, 429);
  t.notMatch(await limited.text(), /token-of-echo/);
});

t.test('every hook has a section that opens with the same lines and an example that runs', async (t) => {
  const hooks = page('docs/reference/hooks.md');
  const options: Readonly<Record<string, string>> = { 'night-shift': 'to: up/night\n' };
  const folder = t.testdir();
  for (const hook of ['onRequest', 'route', 'beforeUpstream', 'afterResponse', 'settled']) {
    const body = section(hooks, `## ${hook}`);
    const opening = [...body.matchAll(/^- \*\*([\w ]+)\*\*/gm)].map(([, label]) => label);
    t.strictSame(opening, ['Type', 'Kind', 'Before', 'After', 'On failure'], hook);
    writeFileSync(join(folder, `${hook}.ts`), /```ts\n([\s\S]*?)```/.exec(body)![1]!);
    const plugin = await load<AnyPlugin>(folder, `${hook}.ts`);
    const { gateway, chat, close } = await testGateway({
      plugins: [plugin],
      policies: { '10-example.yaml': `plugin: ${plugin.name}\n${options[plugin.name] ?? ''}` },
    });
    const step = gateway.program.steps[0]!;
    t.ok(hook === 'settled' ? step.settled : step.hooks.includes(hook as 'route'), `the example has ${hook}`);
    const answer = await chat('Hello');
    t.equal(answer.status, 200);
    await answer.text();
    await close();
  }
});
