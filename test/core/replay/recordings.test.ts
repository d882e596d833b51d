import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { recordLine } from '../../../core/replay/record.ts';
import { Recordings, recordingFiles, recordingsFolder } from '../../../core/replay/recordings.ts';
import { findRecording, readRecordings } from '../../../core/replay/records.ts';
import { countingIds, FakeClock, recordingLog } from '../../../core/testing.ts';
import { anonymous } from '../../../sdk/identity.ts';
import { sluice } from '../cli/_terminal.ts';

const line = (id: string, text = 'Hi', plan = 'free') =>
  recordLine({
    requestId: id,
    nowMs: Date.UTC(2026, 0, 2),
    api: 'chat',
    body: { model: 'small', messages: [{ role: 'user', content: text }] },
    identity: { ...anonymous, tenant: { ...anonymous.tenant, plan } },
    headers: {},
    ip: null,
    answer: {
      status: 200,
      model: 'm',
      usage: null,
      choices: [{ text: 'answered', reasoning: '', refusal: '', toolCalls: [], finish: 'stop' }],
    },
  });

function recordings(t: Test, limits = { sizeBytes: 1_000_000, retentionMs: 3_600_000 }) {
  const data = t.testdir();
  const folder = recordingsFolder(data);
  const clock = new FakeClock();
  const log = recordingLog();
  let lost = 0;
  const made = new Recordings({
    folder,
    clock,
    log,
    ids: countingIds(),
    limits: () => limits,
    lost: (lines) => {
      lost += lines;
    },
  });
  return { data, folder, clock, log, made, lost: () => lost };
}

t.test('lines come to a file of the owner alone, together, and are found by their id', async (t) => {
  const { folder, made, lost } = recordings(t);
  for (const id of ['req_a', 'req_b', 'req_c']) t.ok(made.add(line(id)));
  t.strictSame(await recordingFiles(folder), [], 'nothing is written in the way of a request');
  await made.close();
  const [file, ...more] = await recordingFiles(folder);
  t.strictSame(more, []);
  t.equal(statSync(file!).mode & 0o777, 0o600);
  t.equal(statSync(folder).mode & 0o777, 0o700);
  const ids: string[] = [];
  for await (const record of readRecordings(folder, null))
    ids.push('id' in record ? record.id : record.problem);
  t.strictSame(ids, ['req_a', 'req_b', 'req_c']);
  t.match(await findRecording(folder, 'req_b'), { given: { upstream: [{ text: 'answered' }] } });
  t.equal(await findRecording(folder, 'req_x'), undefined);
  t.equal(lost(), 0);
  t.notOk(made.add(line('req_d')), 'after the end there is no room');
});

t.test('files are bounded: the oldest go first, and what is too old', async (t) => {
  const sizeBytes = 16_000;
  const data = t.testdir();
  const folder = recordingsFolder(data);
  const clock = new FakeClock();
  mkdirSync(folder);
  writeFileSync(join(folder, '1999-old.jsonl'), line('req_old'));
  const old = (clock.now() - 3_700_000) / 1000;
  utimesSync(join(folder, '1999-old.jsonl'), old, old);
  writeFileSync(join(folder, 'notes.txt'), 'not ours');
  for (let count = 0; count < 30; count += 1) {
    const made = new Recordings({
      folder,
      clock,
      log: recordingLog(),
      ids: countingIds(),
      limits: () => ({ sizeBytes, retentionMs: 3_600_000 }),
      lost: () => t.fail('nothing is lost'),
    });
    for (let one = 0; one < 5; one += 1) made.add(line(`req_${count}_${one}`, 'x'.repeat(200)));
    await made.close();
    await clock.advance(1000);
  }
  const names = readdirSync(folder);
  t.ok(names.includes('notes.txt'));
  t.notOk(names.includes('1999-old.jsonl'));
  const bytes = names.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
  t.ok(bytes > sizeBytes / 2 && bytes <= sizeBytes + 2000, `${bytes} bytes`);
  t.ok(await findRecording(folder, 'req_29_4'), 'the newest is there');
  t.notOk(await findRecording(folder, 'req_0_0'), 'the oldest is not');
});

t.test('what is too much is refused, and what cannot be written is counted', async (t) => {
  const { folder, made, log, lost } = recordings(t);
  const big = `${'x'.repeat(5 * 1024 * 1024)}\n`;
  // In the place of the folder.
  writeFileSync(folder, '');
  t.ok(made.add(line('req_a')));
  t.ok(made.add(big));
  t.ok(made.add(big), 'the first two are being written');
  t.notOk(made.add(big));
  await made.close();
  t.equal(lost(), 3);
  t.match(log.lines, [{ level: 'error', message: 'recorded requests could not be written' }]);
});

t.test('sluice replay and explain read them from the data folder', async (t) => {
  const { data, made } = recordings(t);
  made.add(line('req_a'));
  made.add(line('req_b', 'Hi', 'pro'));
  await made.close();
  const policy = (status: number) =>
    `import { deny, onRequest, plan, policy } from 'sluice';
export const p = policy('p', { kind: 'guard' }, onRequest('free', plan('free'), deny(${status}, 'no_free')));
`;
  const cwd = t.testdir({
    'gateway.yaml':
      'providers: { up: { kind: openai, base_url: http://up.test/v1 } }\nmodels: { small: up/small }\n',
    policies: { '10-p.policy.ts': policy(403) },
    next: { '10-p.policy.ts': policy(451) },
  });
  // The folder of the test is the data folder's too.
  const again = recordingsFolder(join(cwd, 'data'));
  mkdirSync(again, { recursive: true });
  writeFileSync(join(again, '1.jsonl'), `${line('req_a')}${line('req_b', 'Hi', 'pro')}`);
  t.ok(data);
  const replayed = await sluice(cwd, ['replay', '--policies', 'next', '--data', 'data']);
  t.match(replayed, { code: 0, out: /req_a +verdict +403 no_free +451 no_free/ }, replayed.err);
  t.match(replayed.out, /2 records, 1 decided otherwise/);
  const explained = await sluice(cwd, ['explain', 'req_a', '--recorded', '--data', 'data']);
  t.match(explained, { code: 0, out: /denied by .*no_free/ }, explained.err);
  const missing = await sluice(cwd, ['explain', 'req_x', '--recorded', '--data', 'data']);
  t.match(missing, { code: 1, err: /there is no recorded request req_x/ });
  const none = await sluice(cwd, ['replay', '--policies', 'next', '--data', 'elsewhere']);
  t.match(none, { code: 2, err: /there are no recorded requests.*telemetry\.capture/ });
});
