import t from 'tap';
import { main } from '../../core/cli/main.ts';
import { configSchema } from '../../core/config/schema.ts';
import { testGateway } from '../../core/testing.ts';
import { chatEvents, type ScriptedUpstream } from '../../sdk/testing/upstream.ts';
import { sourceFiles } from '../arch/source-files.ts';
import { page, rowsOf, section } from './pages.ts';

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly anyOf?: readonly Schema[];
  readonly default?: unknown;
}

/** Names of all keys at any depth, with their defaults. */
function keysOf(schema: Schema): { readonly name: string; readonly fallback: unknown }[] {
  const inner = [schema.additionalProperties, schema.items, ...(schema.anyOf ?? [])];
  return [
    ...Object.entries(schema.properties ?? {}).flatMap(([name, own]) => [
      { name, fallback: own.default },
      ...keysOf(own),
    ]),
    ...inner.flatMap((one) => (typeof one === 'object' ? keysOf(one) : [])),
  ];
}

t.test('every key of gateway.yaml is on its page, in its section, with its default', (t) => {
  const text = page('docs/reference/gateway-yaml.md');
  const last = '## stores, embedder, telemetry';
  for (const [name, schema] of Object.entries(configSchema.properties)) {
    const body = section(text, last.includes(name) ? last : `## ${name}`);
    for (const { name: key, fallback } of keysOf(schema as Schema)) {
      const line = body
        .split('\n')
        .find((one) => new RegExp(`\`(?:\\w+\\.)?${key}\`|[{,] ${key}[ ,}]`).test(one));
      t.ok(line, `${name}: ${key}`);
      if (['string', 'number', 'boolean'].includes(typeof fallback)) {
        t.ok(line?.includes(`\`${fallback}\``), `${name}: ${key} defaults to ${fallback}`);
      }
    }
  }
  t.end();
});

async function helpOf(...args: readonly string[]): Promise<string> {
  let text = '';
  const out = (more: string) => {
    text += more;
  };
  const code = await main([...args, '--help'], { out, err: out, env: {}, cwd: '.', isTty: false });
  if (code !== 0) throw new Error(`${args.join(' ')} --help ended with ${code}: ${text}`);
  return text;
}

t.test('every command is on the page of commands with all of its options, and no other', async (t) => {
  const commands = [...(await helpOf()).matchAll(/^ {2}(\w+) {2,}\w/gm)].map(([, name]) => name!);
  const rows = rowsOf(page('docs/reference/commands.md'), 'command').map(([usage]) => usage!);
  const named = rows.map((usage) => /`(\w+)/.exec(usage)![1]!);
  t.strictSame([...new Set(named)].toSorted(), commands.toSorted());
  for (const command of commands) {
    const usages = rows.filter((usage) => usage.startsWith(`\`${command}`)).join(' ');
    const options = (text: string) => [...new Set(text.match(/--[a-z][a-z-]*/g))].toSorted();
    t.strictSame(options(usages), options(await helpOf(command)), command);
  }
});

/** Header names on the page, in lower case; `x-ratelimit-*` stands for all that begin so. */
const documented = rowsOf(page('docs/reference/headers.md'), 'header').flatMap(([cell]) =>
  [...cell!.matchAll(/`([\w*-]+)[:`]/g)].map(([, name]) => name!.toLowerCase()),
);
const framing = ['content-type', 'content-length'];
const isDocumented = (name: string) =>
  framing.includes(name) ||
  documented.some((known) => (known.endsWith('*') ? name.startsWith(known.slice(0, -1)) : known === name));

t.test('every response header that the code sets is on the page of headers', (t) => {
  const files = sourceFiles('core').filter(({ path }) => /^core\/(response|server)\//.test(path));
  const set = files.flatMap(({ text }) => [
    ...[...text.matchAll(/'([a-z]+(?:-[a-z]+)+)'\]? ?[:=] /g)].map(([, name]) => name!),
    ...[...text.matchAll(/headers: \{ '?([a-z-]+)'?:/g)].map(([, name]) => name!),
  ]);
  const upstream = sourceFiles('core').find(({ path }) => path === 'core/upstream/headers.ts')!.text;
  const forwarded = /const forwarded = \[([\s\S]*?)\]/.exec(upstream)![1]!;
  set.push(...[...forwarded.matchAll(/'([\w*-]+)'/g)].map(([, name]) => name!));
  t.ok(set.length > 20);
  t.strictSame(
    [...new Set(set)].filter((name) => !isDocumented(name)),
    [],
  );
  t.end();
});

t.test('every header of real answers is on the page of headers', async (t) => {
  const deny = `import { deny, has, onRequest, policy } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('no-tools', has('tools'), deny(403, 'no_tools')));
`;
  const { chat, get, post, upstream, close } = await testGateway({ policies: { '10-p.policy.ts': deny } });
  t.teardown(close);
  const stream = async (upstream: ScriptedUpstream) => {
    upstream.reply({ sse: chatEvents(['Hi']) });
    return chat('Hello', { stream: true });
  };
  const tools = [{ type: 'function', function: { name: 'search' } }];
  const answers = [
    await chat('Hello'),
    await stream(upstream),
    await chat('Hello', { tools }),
    await chat('Hello', { model: 'nobody' }),
    await get('/v1/models'),
    await get('/v1/chat/completions'),
    await post('/nowhere', {}),
  ];
  for (const answer of answers) {
    await answer.text();
    t.strictSame(
      [...answer.headers.keys()].filter((name) => !isDocumented(name)),
      [],
      String(answer.status),
    );
  }
});
