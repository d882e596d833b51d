import { join } from 'node:path';
import t from 'tap';
import { createGateway } from '../../../../core/gateway.ts';
import { keyOfRow } from '../../../../core/import/litellm/key-of-row.ts';
import { readTokenTable } from '../../../../core/import/litellm/token-table.ts';
import { hashKey } from '../../../../core/keys/secret-key.ts';
import { silentLog } from '../../../../core/services/log.ts';
import { sluice } from '../../cli/_terminal.ts';

const nowMs = Date.UTC(2026, 0, 10);
const key = 'sk-litellm-0123456789abcdef';
const hash = hashKey(key);
const other = 'b'.repeat(64);

const head =
  'token,key_name,key_alias,spend,expires,models,aliases,config,user_id,team_id,permissions,max_parallel_requests,metadata,blocked,tpm_limit,rpm_limit,max_budget,budget_duration,budget_reset_at,created_at';
const csv = `${head}
${hash},sk-...cdef,support,1.5,2099-01-01 00:00:00,"{mock,""with space""}",{},{},u1,acme,{},5,"{""team"": ""x, y""}",f,1000,60,10,30d,2026-01-20 00:00:00,2025-12-01 10:00:00.123
${other},sk-...bbbb,,4,,{mock},{},{},,,"{""a"": 1}",,{},t,,,10,,,2025-12-01 10:00:00
`;
const options = { nowMs, tenantsLimitModels: false };
const rowOf = (columns: Record<string, string | number | boolean | string[] | null>) =>
  keyOfRow({ line: 1, columns: { token: hash, ...columns } }, options);

t.test('a row of a CSV dump is a key with all that it had', async (t) => {
  const [row] = readTokenTable(csv.replace('with space', 'gpt-*'));
  const { record, remarks } = keyOfRow(row!, options);
  t.match(record, {
    hash,
    name: 'sk-…cdef',
    alias: 'support',
    tenantId: 'acme',
    createdAtMs: Date.UTC(2025, 11, 1, 10, 0, 0, 123),
    expiresAtMs: Date.UTC(2099, 0, 1),
    blocked: false,
    models: ['mock', 'gpt-*'],
    maxBudgetNanoUsd: 10_000_000_000,
    budgetDuration: '30d',
    rpmLimit: 60,
    tpmLimit: 1000,
    maxParallelRequests: 5,
    metadata: { team: 'x, y', litellm_user_id: 'u1' },
  });
  t.equal(record!.budgetStartMs, Date.UTC(2026, 0, 20) - 30 * 86_400_000, 'its windows go on as they were');
  t.match(remarks, [/window begins anew/]);
});

t.test('a budget for ever keeps what is left of it', async (t) => {
  const { record, remarks } = keyOfRow(readTokenTable(csv)[1]!, options);
  t.match(record, { maxBudgetNanoUsd: 6_000_000_000, blocked: true, budgetDuration: null });
  t.match(remarks, [/taken off/, /permissions is not carried over, and narrowed/]);
  t.match(rowOf({ models: ['m'], max_budget: 1, spend: 3 }).record, { maxBudgetNanoUsd: 0 });
});

t.test('no key may do more than it could', async (t) => {
  const cases = [
    [{ models: [], team_id: 'acme' }, /models are those of its team/],
    [{ models: ['all-team-models'], team_id: 'acme' }, /models are those of its team/],
    [{ allowed_routes: ['/embeddings'] }, /certain routes only/],
    [{ team_id: 'litellm-dashboard' }, /dashboard/],
    [{ budget_duration: 'soon', max_budget: 1 }, /no duration/],
    [{ budget_id: 'b1', models: ['m'] }, /LiteLLM_BudgetTable/],
    [{ expires: 'soon' }, /no time/],
    [{ max_budget: -1 }, /US dollars/],
    [{ rpm_limit: 'x' }, /whole number/],
    [{ token: 'nothing' }, /SHA-256/],
  ] as const;
  for (const [columns, why] of cases) {
    const { record, remarks } = rowOf(columns as unknown as Record<string, string>);
    t.equal(record, null);
    t.match(remarks, [why]);
  }
  t.strictSame(rowOf({ models: ['no-default-models'] }).record!.models, ['no-default-models']);
  const trusted = { ...options, tenantsLimitModels: true };
  t.strictSame(
    keyOfRow({ line: 1, columns: { token: hash, team_id: 'a', models: ['all-team-models'] } }, trusted)
      .record!.models,
    [],
  );
});

t.test('an imported key works with its secret, and a second import changes nothing', async (t) => {
  const dump = `${JSON.stringify({ token: hash, key_alias: 'app', models: ['mock'], blocked: false })}\n${JSON.stringify({ token: other, models: ['mock'], key_alias: 'app' })}\n`;
  const cwd = t.testdir({ 'keys.jsonl': dump });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'keys.jsonl', '--dry-run']), {
    code: 0,
    out: /2 keys would be/,
  });
  const first = await sluice(cwd, ['import', 'litellm-keys', 'keys.jsonl']);
  t.match(first, {
    code: 0,
    out: /another key has its alias[\s\S]*2 keys imported, 0 were there, 0 left out/,
  });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'keys.jsonl', '--json']), {
    code: 0,
    out: /"there": 2/,
  });
  t.notMatch(first.out, key);

  const gateway = await createGateway({
    config: { name: 'gateway.yaml', text: 'auth: { master_key: sk-master-0123456789 }' },
    policies: { '10-keys.yaml': 'plugin: keys\n' },
    data: join(cwd, '.sluice'),
    env: {},
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const ask = async (secret: string, model: string) => {
    const response = await gateway.request(
      new Request('http://gateway.test/v1/chat/completions', {
        method: 'POST',
        headers: { authorization: `Bearer ${secret}` },
        body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Hi' }] }),
      }),
    );
    await response.text();
    return response.status;
  };
  t.equal(await ask(key, 'mock'), 200);
  t.equal(await ask(key, 'smart'), 403);
  t.equal(await ask('sk-litellm-unknown-unknown', 'mock'), 401);
});

t.test('what is no dump is refused, and a key that is left out is exit code 1', async (t) => {
  const cwd = t.testdir({
    'a.csv': 'a,b\n1,2\n',
    'b.jsonl': '{"token": 1}\nnonsense\n',
    'c.jsonl': `{"token": "${hash}", "allowed_routes": ["/embeddings"]}\n`,
  });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'a.csv']), { code: 1, err: /expected the columns/ });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'b.jsonl']), { code: 1, err: /line 2/ });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'c.jsonl']), { code: 1, out: /c\.jsonl:1: left out/ });
  t.match(await sluice(cwd, ['import', 'litellm-keys', 'none.csv']), { code: 2 });
});
