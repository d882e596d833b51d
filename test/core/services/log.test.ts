import t from 'tap';
import { createLog, maskFields } from '../../../core/services/log.ts';
import { Secret } from '../../../sdk/secret.ts';

function capture(level = 'info') {
  const lines: string[] = [];
  const { log } = createLog({ level, destination: { write: (line) => void lines.push(line) } });
  return { lines, log };
}

t.test('lines are JSON with level, time, message and fields', async (t) => {
  const { lines, log } = capture();
  log.child({ provider: 'p' }).info({ n: 1 }, 'hello');
  log.debug({ n: 2 }, 'not shown');
  t.equal(lines.length, 1);
  t.match(JSON.parse(lines[0]!), { level: 'info', time: /^\d{4}-/, message: 'hello', provider: 'p', n: 1 });
});

t.test('no line shows a secret, by type or by name, at any depth', async (t) => {
  const { lines, log } = capture('debug');
  const fields = {
    key: new Secret('canary'),
    deep: [{ headers: { Authorization: 'Bearer canary', cookie: 'canary' } }],
    api_key: 'canary',
  };
  log.debug(fields, 'a');
  log.info(fields, 'b');
  log.warn(fields, 'c');
  log.error(fields, 'd');
  log.child(fields).info({}, 'e');
  t.equal(lines.length, 5);
  t.notMatch(lines.join(), /canary/);
});

t.test('fields without credentials are not copied', async (t) => {
  const fields = { request_id: 'r', usage: { input_tokens: 5 } };
  t.equal(maskFields(fields), fields);
});
