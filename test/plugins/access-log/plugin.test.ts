import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import t from 'tap';
import { fieldNames } from '../../../plugins/access-log/fields.ts';
import { type AccessLogOptions, accessLog } from '../../../plugins/access-log/plugin.ts';
import type { SettledContext } from '../../../sdk/context.ts';
import { type LogLine, recordingLog } from '../../../sdk/testing/fakes.ts';
import { attemptRecord, traceRecord } from '../../../sdk/testing/trace.ts';
import type { Trace } from '../../../sdk/trace.ts';

const attempt = attemptRecord;

function trace(changes: Partial<Trace> = {}): Trace {
  return traceRecord({
    usage: {
      inputTokens: 10,
      cacheReadTokens: 5,
      cacheWrite5mTokens: 0,
      cacheWrite1hTokens: 0,
      outputTokens: 7,
      reasoningTokens: 0,
      estimated: false,
    },
    ...changes,
  });
}

/** The options that an empty file comes to. */
function defaults(): AccessLogOptions {
  const options = {};
  new Ajv({ useDefaults: true }).validate(accessLog.schema, options);
  return options as AccessLogOptions;
}

async function linesFor(record: Trace, options: Partial<AccessLogOptions> = {}): Promise<readonly LogLine[]> {
  const log = recordingLog();
  const hooks = await accessLog.setup(
    { ...defaults(), ...options },
    { log },
    { file: '90-access-log.yaml', policyVersion: 'p' },
  );
  await hooks.settled?.({ trace: record, answer: null } as SettledContext, undefined);
  return log.lines;
}

t.test(
  'one line tells who asked for what, who answered, how it ended, how long it took and what it used',
  async (t) => {
    t.same(await linesFor(trace()), [
      {
        level: 'info',
        message: 'request',
        fields: {
          request_id: 'req_1',
          trace_id: '0af7651916cd43dd8448eb211c80319c',
          tenant: 'acme',
          key: 'key_1',
          api: 'chat',
          stream: true,
          alias: 'smart',
          target: 'openai/gpt-x',
          model: 'gpt-x-2026',
          status: 200,
          outcome: 'complete',
          error_code: null,
          attempts: 1,
          duration_ms: 201.5,
          overhead_ms: 0.6,
          first_byte_ms: 100.75,
          input_tokens: 15,
          output_tokens: 7,
          tokens_estimated: false,
          policy_version: 'p',
        },
      },
    ]);
  },
);

t.test('a request that was denied has a line without target and tokens', async (t) => {
  const denied = trace({
    attempts: [],
    usage: null,
    model: null,
    outcome: 'denied',
    status: 403,
    errorCode: 'policy_denied',
  });
  const [line] = await linesFor(denied);
  t.match(line?.fields, {
    status: 403,
    outcome: 'denied',
    error_code: 'policy_denied',
    target: null,
    attempts: 0,
    first_byte_ms: null,
    input_tokens: null,
    output_tokens: null,
    tokens_estimated: null,
  });
});

t.test(
  'after a fallback the line names the last target, and the wait includes the attempt that failed',
  async (t) => {
    const attempts = [
      attempt({ status: 503, failure: 'overloaded', firstByteMs: null }),
      attempt({ number: 2, target: 'azure/gpt-x', startedMs: 300, firstByteMs: 50 }),
    ];
    const [line] = await linesFor(trace({ attempts }));
    t.match(line?.fields, { target: 'azure/gpt-x', attempts: 2, first_byte_ms: 350 });
  },
);

t.test('fields and level are as configured', async (t) => {
  const [line] = await linesFor(trace(), { fields: ['status', 'alias'], level: 'debug' });
  t.equal(line?.level, 'debug');
  t.same(Object.entries(line?.fields ?? {}), [
    ['status', 200],
    ['alias', 'smart'],
  ]);
});

t.test('the README names every field', async (t) => {
  const readme = readFileSync(new URL('../../../plugins/access-log/README.md', import.meta.url), 'utf8');
  for (const name of fieldNames) t.ok(readme.includes(`\`${name}\``) && readme.includes(`"${name}":`), name);
});
