import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import t from 'tap';
import { createGateway } from '../../../core/gateway.ts';
import { testGateway } from '../../../core/testing.ts';
import { StoredPrompts } from '../../../plugins/prompts/stored.ts';
import { BoundedMap } from '../../../sdk/bounded-map.ts';
import { GatewayError } from '../../../sdk/errors.ts';
import type { PromptStore, StoredPrompt } from '../../../sdk/prompts.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../sdk/testing/fakes.ts';
import { ScriptedUpstream } from '../../../sdk/testing/upstream.ts';

/** A store that can be down, and counts what it is asked; answers at once or later. */
class Store implements PromptStore {
  down = false;
  reads = 0;
  contents = 0;
  labels: StoredPrompt['labels'] = { production: { 1: 1 } };
  readonly #later: boolean;

  constructor(later: boolean) {
    this.#later = later;
  }

  names() {
    return this.#answer(() => ['hello']);
  }

  read(name: string) {
    this.reads += 1;
    return this.#answer(() =>
      name === 'hello' ? { name, versions: [{ version: '1', createdAtMs: 0 }], labels: this.labels } : null,
    );
  }

  content() {
    this.contents += 1;
    return this.#answer(() => ({ text: 'Hello' }));
  }

  add() {
    return this.#answer(() => null);
  }

  label() {
    return this.#answer(() => true);
  }

  #answer<T>(make: () => T): T | Promise<T> {
    const run = () => {
      if (this.down) throw new GatewayError('store_unavailable', 'down');
      return make();
    };
    return this.#later ? Promise.resolve().then(run) : run();
  }
}

for (const later of [false, true]) {
  t.test(`a store that answers ${later ? 'later' : 'at once'}`, async (t) => {
    const store = new Store(later);
    const clock = new FakeClock();
    const log = recordingLog();
    const prompts = new StoredPrompts(store, 2000, clock, log);
    const labels = async () => (await prompts.find('hello'))?.labels;

    t.strictSame(await labels(), { production: { 1: 1 } });
    await labels();
    t.equal(store.reads, 1, 'what is known is not asked again');
    store.labels = { production: { 2: 1 } };
    clock.advance(2000);
    t.strictSame(await labels(), { production: { 2: 1 } }, 'a label that moved elsewhere is seen in time');
    await prompts.content('hello', '1');
    await prompts.content('hello', '1');
    t.equal(store.contents, 1, 'a version is read once');

    store.down = true;
    clock.advance(2000);
    t.strictSame(await labels(), { production: { 2: 1 } }, 'what is known is used while the store is down');
    await labels();
    t.equal(store.reads, 3, 'and the store is not asked with every request');
    t.match(log.lines, [{ level: 'warn', fields: { prompt: 'hello' } }]);
    await t.rejects(async () => prompts.find('other'), { code: 'store_unavailable' });
    store.down = false;
    t.equal(await prompts.find('other'), null);
    store.labels = {};
    prompts.forget('hello');
    t.strictSame(await labels(), {}, 'what was written here is seen at once');
  });
}

t.test('the map of what was used lately is bounded by weight', (t) => {
  const map = new BoundedMap<number>(10);
  for (let index = 0; index < 5; index += 1) map.set(String(index), index, 3);
  t.strictSame([...map.keys()], ['2', '3', '4']);
  t.equal(map.get('2'), 2);
  map.set('5', 5, 3);
  t.strictSame([...map.keys()], ['4', '2', '5']);
  map.set('big', 1, 11);
  t.equal(map.size, 0, 'what is too heavy by itself is not kept');
  t.end();
});

async function onDisk(t: Tap, options: string, files: Record<string, string>) {
  const root = t.testdir({ policies: { '35-prompts.yaml': `plugin: prompts\n${options}` } });
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(root, name, '..'), { recursive: true });
    writeFileSync(join(root, name), text);
  }
  const upstream = new ScriptedUpstream();
  const gateway = await createGateway({
    config: {
      name: 'gateway.yaml',
      text: 'providers: { up: { kind: openai, base_url: http://upstream.test/v1, api_key: sk-x } }\nmodels: { test: up/model }',
    },
    policies: join(root, 'policies'),
    env: {},
    http: upstream,
    services: { log: recordingLog() },
  });
  t.teardown(() => gateway.close());
  const said = async () => {
    const answer = await gateway.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({
          model: 'test',
          prompt: { id: 'hello' },
          messages: [{ role: 'user', content: 'Hi' }],
        }),
      }),
    );
    const text = await answer.text();
    if (answer.status !== 200) return text;
    return (upstream.calls.at(-1)!.json as { messages: { content: string }[] }).messages[0]!.content;
  };
  return { root, gateway, said };
}
type Tap = Pick<typeof t, 'testdir' | 'teardown'>;
const file = (text: string) => `---\nname: hello\n---\n${text}\n`;

t.test('files inside the policies folder change and roll back with it', async (t) => {
  const { root, gateway, said } = await onDisk(t, '', { 'policies/prompts/hello.md': file('One') });
  t.equal(await said(), 'One');
  writeFileSync(join(root, 'policies/prompts/hello.md'), file('Two'));
  t.strictSame(await gateway.reload(), []);
  t.equal(await said(), 'Two');
  writeFileSync(join(root, 'policies/prompts/hello.md'), 'broken');
  t.match(await gateway.reload(), [{ file: '35-prompts.yaml', message: /hello\.md: expected front matter/ }]);
  t.equal(await said(), 'Two', 'a broken file leaves the last good version serving');
  t.strictSame(await gateway.rollback(), []);
  t.equal(await said(), 'One');
});

t.test('a folder beside the policies folder, or an absolute one, serves as well', async (t) => {
  const beside = await onDisk(t, '', { 'prompts/deep/hello.md': file('Beside') });
  t.equal(await beside.said(), 'Beside');
  const absolute = t.testdir({ elsewhere: { 'hello.md': file('Absolute') } });
  const named = await testGateway({
    policies: { '35-prompts.yaml': `plugin: prompts\nfolder: ${join(absolute, 'elsewhere')}\n` },
  });
  t.teardown(named.close);
  t.equal((await named.chat('Hi', { prompt: { id: 'hello' } })).status, 200);
  renameSync(join(absolute, 'elsewhere'), join(absolute, 'gone'));
  await t.rejects(
    testGateway({
      policies: { '35-prompts.yaml': `plugin: prompts\nfolder: ${join(absolute, 'elsewhere')}\n` },
    }),
    { message: /there is no such folder/ },
  );
  rmSync(join(absolute, 'gone'), { recursive: true });
});

t.test('the version of the prompt is on the ledger', async (t) => {
  const data = t.testdir();
  const { chat, close } = await testGateway({
    data,
    policies: {
      '00-ledger.yaml': 'plugin: ledger\n',
      '35-prompts.yaml': 'plugin: prompts\n',
      'prompts/hello.md': '---\nname: hello\nversion: 7\n---\nHello.\n',
    },
  });
  t.teardown(close);
  await (await chat('Hi', { prompt: { id: 'hello' } })).text();
  const database = new DatabaseSync(join(data, 'sluice.db'), { readOnly: true });
  const rows = database.prepare('SELECT prompt_version FROM ledger_rows').all();
  database.close();
  t.ok(rows.length > 0);
  for (const row of rows) t.equal(row['prompt_version'], 'hello@7');
});
