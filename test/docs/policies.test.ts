import { copyFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { blocksOf, pagesIn, root } from './pages.ts';
import { runFile, typeErrors } from './typescript.ts';

const blocks = ['README.md', ...pagesIn('docs/guide')]
  .flatMap(blocksOf)
  .filter(({ language }) => language === 'ts');
const policies = blocks.filter(({ text, file }) => file === null && /from 'sluice'/.test(text));

t.test('every policy of the guides and the README loads with the built-in configuration', async (t) => {
  t.ok(policies.length >= 7);
  for (const { at, text } of policies) {
    const gateway = await createGateway({
      config: null,
      policies: { '50-snippet.policy.ts': text, '90-limits.yaml': 'plugin: token-limiter' },
      env: {},
      services: { log: { ...silentLog, warn: (fields) => t.fail(`${at} has warnings`, fields) } },
    });
    t.ok(gateway.program.steps.length > 0, at);
    await gateway.close();
  }
});

t.test('every policy of the guides and the README compiles', async (t) => {
  const folder = t.testdir();
  for (const [index, { text }] of policies.entries()) writeFileSync(join(folder, `${index}.ts`), text);
  t.equal(await typeErrors(folder, [join(root, 'policies/sluice.d.ts')]), '');
});

t.test('the test in TypeScript of the testing guide passes', async (t) => {
  const block = blocks.find(({ text }) => /testPolicy\(new URL/.test(text))!;
  const folder = t.testdir({ '40-lanes.policy.test.ts': block.text });
  copyFileSync(join(root, 'policies/40-lanes.policy.ts'), join(folder, '40-lanes.policy.ts'));
  const { code, output } = await runFile(join(folder, '40-lanes.policy.test.ts'));
  t.equal(code, 0, output);
});
