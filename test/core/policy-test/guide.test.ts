import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { caseSchema } from '../../../core/policy-test/case-schema.ts';
import { readCases } from '../../../core/policy-test/cases.ts';

const guide = readFile(join(import.meta.dirname, '../../../docs/guide/testing-policies.md'), 'utf8');

t.test('the cases in the guide are cases', async (t) => {
  const blocks = [...(await guide).matchAll(/^```yaml\n([\s\S]*?)^```$/gm)].map(([, text]) => text!);
  t.ok(blocks.length >= 2);
  for (const text of blocks) t.strictSame(readCases(text, 'guide').problems, []);
});

t.test('the guide names everything that a case may say', async (t) => {
  const { given, expect } = caseSchema.properties;
  const names = [
    ...Object.keys(given.properties).filter((name) => name !== 'budget'),
    ...Object.keys(given.properties.request.properties),
    ...Object.keys(given.properties.upstream.items.properties),
    ...Object.keys(expect.properties),
  ];
  const text = await guide;
  t.strictSame(
    names.filter((name) => !new RegExp(`[\`. {,\\[]${name}[\`:,. }]`).test(text)),
    [],
  );
});
