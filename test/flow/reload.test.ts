import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { createGateway } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/log.ts';
import { chatEvents, type OpenStream, ScriptedUpstream } from '../../core/testing.ts';

const config = {
  name: 'gateway.yaml',
  text: 'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { test: up/a }\n',
};

const tagging = (version: string) => `import { onRequest, policy, tag } from 'sluice';
export const p = policy('p', { kind: 'shape' }, onRequest('r', true, tag({ version: '${version}' })));
`;

/** Writes a file the way editors do: whole, under another name first. */
async function save(folder: string, name: string, text: string): Promise<void> {
  await writeFile(join(folder, `.${name}.tmp`), text);
  await rename(join(folder, `.${name}.tmp`), join(folder, name));
}

/** Asks again and again until the answer fits. The watcher works in real time, so this test does too. */
async function until<T>(ask: () => Promise<T>, fits: (answer: T) => boolean, limitMs = 5000): Promise<T> {
  const endMs = performance.now() + limitMs;
  for (;;) {
    const answer = await ask();
    if (fits(answer) || performance.now() > endMs) return answer;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

t.test('a policy edited under 50 running streams changes the next request and none of theirs', async (t) => {
  const folder = join(t.testdir({}), 'policies');
  await mkdir(folder);
  await save(folder, '10-p.policy.ts', tagging('one'));
  const upstream = new ScriptedUpstream();
  const gateway = await createGateway({
    config,
    policies: folder,
    env: {},
    http: upstream,
    watch: true,
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const ask = (stream: boolean) =>
    gateway.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        body: JSON.stringify({ model: 'test', stream, messages: [{ role: 'user', content: 'Hi' }] }),
      }),
    );
  const ready = async () =>
    (await (await gateway.request(new Request('http://gateway.test/health/ready'))).json()) as {
      policies: { version: string; last_change: string; problems: string[] };
    };
  const events = chatEvents(['Hel', 'lo']);
  const feeds: OpenStream[] = [];
  const responses: Response[] = [];
  for (let index = 0; index < 50; index += 1) {
    const feed = upstream.open();
    const pending = ask(true);
    feed.head();
    feed.event(events[0]!);
    feeds.push(feed);
    responses.push(await pending);
  }
  const first = responses[0]!.headers.get('x-gateway-policy-version');

  await save(folder, '10-p.policy.ts', tagging('two'));
  const changed = await until(ready, (answer) => answer.policies.version !== first);
  t.not(changed.policies.version, first);
  const next = await ask(false);
  t.equal(next.headers.get('x-gateway-policy-version'), changed.policies.version);
  t.match(gateway.trace(next.headers.get('x-request-id')!), { tags: { version: 'two' } });

  await save(folder, '10-p.policy.ts', "import { policy } from 'sluice';\nexport const p = policy('p', ;\n");
  const broken = await until(ready, (answer) => answer.policies.last_change === 'refused');
  t.equal(broken.policies.version, changed.policies.version, 'the last good version serves');
  t.match(broken.policies.problems, [/10-p\.policy\.ts:2:\d+: error/]);
  t.equal((await ask(false)).status, 200);

  for (const feed of feeds) {
    for (const event of events.slice(1)) feed.event(event);
    feed.end();
  }
  for (const response of responses) {
    const text = await response.text();
    t.ok(text.includes('"lo"') && text.endsWith('data: [DONE]\n\n'));
    t.match(gateway.trace(response.headers.get('x-request-id')!), {
      policyVersion: first,
      outcome: 'complete',
      tags: { version: 'one' },
    });
  }

  await save(folder, '10-p.policy.ts', tagging('two'));
  const mended = await until(ready, (answer) => answer.policies.last_change === 'ok');
  t.equal(mended.policies.version, changed.policies.version, 'the same content is the same version');
});

t.test('rollback goes to the version before and to a named one', async (t) => {
  const folder = t.testdir({ '10-p.policy.ts': tagging('one') });
  const gateway = await createGateway({ config, policies: folder, env: {}, services: { log: silentLog } });
  t.teardown(() => gateway.close());
  const first = gateway.status().program.version;
  await save(folder, '10-p.policy.ts', tagging('two'));
  t.strictSame(await gateway.reload(), []);
  const second = gateway.status().program.version;
  t.not(second, first);
  const rollback = (body: string) =>
    gateway.request(new Request('http://gateway.test/policies/rollback', { method: 'POST', body }));
  t.match(await (await rollback('')).json(), { version: first });
  t.match(await (await rollback(JSON.stringify({ version: second }))).json(), { version: second });
  t.equal((await rollback('{"version":"nothing"}')).status, 404);
});
