import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import t from 'tap';
import {
  type AwsCredentials,
  CachedCredentials,
  configuredCredentials,
} from '../../../../plugins/providers/bedrock/credentials.ts';
import { Secret } from '../../../../sdk/secret.ts';
import { FakeClock, settled } from '../../../../sdk/testing/clock.ts';
import { recordingLog } from '../../../../sdk/testing/fakes.ts';

const hourMs = 3_600_000;

/** A source that a test answers by hand. */
function source() {
  const clock = new FakeClock();
  const log = recordingLog();
  const asked: { give(lifeMs: number | null, id?: string): void; fail(reason?: string): void }[] = [];
  const credentials = new CachedCredentials(
    () =>
      new Promise<AwsCredentials>((resolve, reject) => {
        asked.push({
          give: (lifeMs, id = `key${asked.length}`) =>
            resolve({
              accessKeyId: id,
              secretAccessKey: 's',
              sessionToken: null,
              expiresAtMs: lifeMs === null ? null : clock.now() + lifeMs,
            }),
          fail: (reason = 'nothing there') => reject(new Error(reason)),
        });
      }),
    clock,
    log,
  );
  return { clock, log, asked, credentials };
}

t.test(
  'the first request waits, others at the same time wait for the same answer, later ones do not',
  async (t) => {
    const { asked, credentials } = source();
    const both = Promise.all([credentials.get(), credentials.get()]);
    t.equal(asked.length, 1);
    asked[0]!.give(null);
    t.same(
      (await both).map(({ accessKeyId }) => accessKeyId),
      ['key1', 'key1'],
    );
    t.match(credentials.get(), { accessKeyId: 'key1' }, 'at once');
    t.equal(asked.length, 1);
  },
);

t.test('credentials are renewed in the background before they expire, and used meanwhile', async (t) => {
  const { asked, clock, credentials } = source();
  const first = credentials.get();
  asked[0]!.give(hourMs);
  await first;
  await clock.advance(hourMs - 301_000);
  t.match(credentials.get(), { accessKeyId: 'key1' });
  t.equal(asked.length, 1);
  await clock.advance(2000);
  t.match(credentials.get(), { accessKeyId: 'key1' }, 'still at once');
  t.match(credentials.get(), { accessKeyId: 'key1' });
  t.equal(asked.length, 2, 'one renewal at a time');
  asked[1]!.give(hourMs);
  await settled();
  t.match(credentials.get(), { accessKeyId: 'key2' });
});

t.test(
  'in their last minute the request waits for new ones, and takes the old ones where there are none',
  async (t) => {
    const { asked, clock, credentials } = source();
    const first = credentials.get();
    asked[0]!.give(30_000);
    await first;
    const waiting = credentials.get();
    t.ok(waiting instanceof Promise);
    asked[1]!.fail();
    t.match(await waiting, { accessKeyId: 'key1' });
    await clock.advance(31_000);
    const expired = credentials.get();
    asked[2]!.fail();
    await t.rejects(Promise.resolve(expired), { message: /^no AWS credentials: expected/ });
  },
);

t.test('a failure is told to all who wait, kept for a moment, then tried again', async (t) => {
  const { asked, clock, credentials, log } = source();
  const waiting = [credentials.get(), credentials.get()];
  asked[0]!.fail('no such profile');
  for (const one of waiting) await t.rejects(Promise.resolve(one), /no AWS credentials/);
  t.same(
    log.lines.map(({ level, fields }) => [level, fields['reason']]),
    [['warn', 'Error: no such profile']],
  );
  await t.rejects(async () => credentials.get(), /no AWS credentials/);
  t.equal(asked.length, 1, 'not asked again at once');
  await clock.advance(5001);
  const again = credentials.get();
  t.equal(asked.length, 2);
  asked[1]!.give(null);
  t.match(await again, { accessKeyId: 'key2' });
});

t.test('a source that never answers is given up', async (t) => {
  const { clock, credentials } = source();
  const waiting = t.rejects(async () => credentials.get(), /no AWS credentials/);
  await clock.advance(15_000);
  await waiting;
  t.equal(clock.pending, 0);
});

t.test('refused credentials are fetched anew, unless they are new', async (t) => {
  const { asked, clock, credentials } = source();
  const first = credentials.get();
  asked[0]!.give(null);
  await first;
  credentials.refused();
  t.match(credentials.get(), { accessKeyId: 'key1' });
  await clock.advance(6000);
  credentials.refused();
  const second = credentials.get();
  asked[1]!.give(null);
  t.match(await second, { accessKeyId: 'key2' });
});

t.test('configured keys are taken as they are, without blanks around them', async (t) => {
  t.same(configuredCredentials({}), null);
  t.same(configuredCredentials({ access_key_id: new Secret(' a\n'), secret_access_key: new Secret('b') }), {
    accessKeyId: 'a',
    secretAccessKey: 'b',
    sessionToken: null,
    expiresAtMs: null,
  });
});

/** Makes a provider in a process of its own and prints what its request proves itself with. */
async function inProcess(
  options: object,
  env: Record<string, string>,
): Promise<{ authorization?: string; token?: string; error?: string; sync: boolean; loaded: boolean }> {
  const at = (path: string) => JSON.stringify(new URL(`../../../../${path}`, import.meta.url).href);
  const script = `
    import { registerHooks } from 'node:module';
    let loaded = false;
    registerHooks({ load(url, context, next) { loaded ||= url.includes('credential-provider-node'); return next(url, context); } });
    const { bedrockProvider } = await import(${at('plugins/providers/bedrock/provider.ts')});
    const { Secret } = await import(${at('sdk/secret.ts')});
    const { systemClock: clock } = await import(${at('core/services/clock.ts')});
    const { recordingLog } = await import(${at('sdk/testing/fakes.ts')});
    const options = ${JSON.stringify(options)};
    for (const key of ['access_key_id', 'secret_access_key']) if (options[key]) options[key] = new Secret(options[key]);
    const provider = bedrockProvider.create({ region: 'us-east-1', ...options }, { clock, log: recordingLog() }, 'aws');
    const call = { api: 'chat', wire: 'converse', model: 'amazon.nova-pro-v1:0', stream: false, body: '{}', requestId: 'r', traceparent: 't', headers: {}, clientHeaders: {} };
    let out;
    try {
      const made = provider.request(call);
      const sync = !(made instanceof Promise);
      const { headers } = await made;
      out = { authorization: headers.authorization, token: headers['x-amz-security-token'], sync };
    } catch (error) {
      out = { error: error.message, sync: false };
    }
    console.log(JSON.stringify({ ...out, loaded }));`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', '--input-type=module', '--eval', script],
    // Nothing of this machine's own credentials.
    {
      env: {
        HOME: '/nonexistent',
        PATH: process.env['PATH'] ?? '',
        AWS_EC2_METADATA_DISABLED: 'true',
        ...env,
      },
      timeout: 60_000,
    },
  );
  return JSON.parse(stdout) as Awaited<ReturnType<typeof inProcess>>;
}

const environment = {
  AWS_ACCESS_KEY_ID: 'AKIDENV',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_SESSION_TOKEN: 'env-token',
};

t.test('the default chain finds keys in the environment', async (t) => {
  const { authorization, token, sync, loaded } = await inProcess({}, environment);
  t.match(authorization, /Credential=AKIDENV\//);
  t.equal(token, 'env-token');
  t.equal(sync, false, 'the first time');
  t.equal(loaded, true);
});

t.test('explicit keys do not pick up a session token of the environment, nor load the chain', async (t) => {
  const found = await inProcess({ access_key_id: 'AKIDOPT', secret_access_key: 's' }, environment);
  t.match(found.authorization, /Credential=AKIDOPT\//);
  t.equal(found.token, undefined);
  t.same({ sync: found.sync, loaded: found.loaded }, { sync: true, loaded: false });
});

t.test('a profile comes from the files of the AWS tools, whatever the environment holds', async (t) => {
  const home = t.testdir({
    credentials:
      '[default]\naws_access_key_id = AKIDDEFAULT\naws_secret_access_key = s\n[team]\naws_access_key_id = AKIDTEAM\naws_secret_access_key = s\n',
    config: '[default]\nregion = eu-west-1\n',
  });
  const files = { AWS_SHARED_CREDENTIALS_FILE: `${home}/credentials`, AWS_CONFIG_FILE: `${home}/config` };
  t.match((await inProcess({}, files)).authorization, /Credential=AKIDDEFAULT\//);
  t.match(
    (await inProcess({ profile: 'team' }, { ...files, ...environment })).authorization,
    /Credential=AKIDTEAM\//,
  );
});

t.test('a container asks its own endpoint', async (t) => {
  const server = createServer((_request, response) => {
    const Expiration = new Date(Date.now() + hourMs).toISOString();
    response.end(JSON.stringify({ AccessKeyId: 'AKIDBOX', SecretAccessKey: 's', Token: 'box', Expiration }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const found = await inProcess({}, { AWS_CONTAINER_CREDENTIALS_FULL_URI: `http://127.0.0.1:${port}/creds` });
  server.close();
  t.match(found, { token: 'box', authorization: /Credential=AKIDBOX\// });
});

t.test('without any source the request is refused in words that say what to do', async (t) => {
  t.match((await inProcess({}, {})).error, /^no AWS credentials: expected access_key_id/);
});
