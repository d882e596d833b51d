import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parse } from 'yaml';
import { main } from '../../core/cli/main.ts';
import { loadConfig } from '../../core/config/load.ts';
import { createGateway, firstPartyProviders } from '../../core/gateway.ts';
import { silentLog } from '../../core/services/silent-log.ts';
import { testGateway } from '../../core/testing.ts';
import { about } from '../../plugins/alerts/message.ts';
import type { EventName } from '../../plugins/alerts/options.ts';
import { ScriptedUpstream } from '../../sdk/testing/upstream.ts';
import { deployFile, documentedMetrics } from '../deploy/deploy-files.ts';
import { blocksOf, page, pagesIn, root, rowsOf, section } from './pages.ts';

// A gateway for each file in them, on a machine that may do much else.
t.setTimeout(240_000);

const folder = 'docs/runbooks';
const books = pagesIn(folder).filter((path) => !path.endsWith('README.md'));
const index = page(`${folder}/README.md`);

interface Rule {
  readonly alert: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly runbook_url: string };
}

const { groups } = parse(deployFile('prometheus/alerts.yaml')) as { groups: { rules: Rule[] }[] };
const rules = groups.flatMap((group) => group.rules);

t.test('every alert names a runbook that exists and names it', async (t) => {
  t.ok(rules.length >= 9);
  for (const { alert, annotations } of rules) {
    const path = annotations.runbook_url;
    t.match(path, /^docs\/runbooks\/[a-z-]+\.md$/, alert);
    t.ok(existsSync(join(root, path)), `${alert}: ${path}`);
    t.match(page(path), alert, path);
    const row = rowsOf(index, 'page').find(([cell]) => cell!.includes(path.slice(folder.length + 1)));
    t.match(row?.[1], alert, 'the list of runbooks');
  }
});

t.test('the plugin alerts sends people to the same runbooks, as urgently', async (t) => {
  const twins: Readonly<Record<EventName, string>> = {
    spend: 'SluiceSpendAboveUsual',
    latency: 'SluiceSlow',
    rate_limited: 'SluiceRateLimited',
    cache_hits: 'SluiceCacheRarelyHits',
    fallbacks: 'SluiceFallbacks',
    provider_errors: 'SluiceProviderErrors',
    budget: 'SluiceBudgetNearlySpent',
  };
  for (const [event, alert] of Object.entries(twins)) {
    const rule = rules.find((one) => one.alert === alert)!;
    const { runbook, severity } = about[event as EventName];
    t.equal(rule.annotations.runbook_url, `${folder}/${runbook}`, event);
    t.equal(rule.labels.severity, severity, event);
  }
});

t.test('every runbook has the same parts and is in the list', async (t) => {
  const parts = ['What you see', 'Why', 'What to do now', 'Is it over?', 'Prevent it'];
  for (const path of books) {
    const headings = [...page(path).matchAll(/^## (.*)$/gm)].map(([, heading]) => heading);
    t.strictSame(headings, parts, path);
    for (const part of parts) t.ok(section(page(path), `## ${part}`).trim().length > 40, `${path}: ${part}`);
    t.match(index, `(${path.slice(folder.length + 1)})`);
  }
});

t.test('every metric in a runbook is on the page of metrics', async (t) => {
  const known = documentedMetrics();
  for (const path of pagesIn(folder)) {
    const named = new Set(page(path).match(/\bsluice_[a-z_]+/g));
    t.strictSame(
      [...named].filter((name) => !known.has(name)),
      [],
      path,
    );
  }
});

t.test('every header in a runbook is on the page of headers, or of the plugin that sets it', async (t) => {
  const pages = [page('docs/reference/headers.md'), page('plugins/token-limiter/README.md')];
  const known = pages.join('\n').toLowerCase();
  for (const path of pagesIn(folder)) {
    for (const [name] of page(path).matchAll(/\bx-(?:sluice|gateway|feature|tenant|request)-[a-z-]+\b/gi)) {
      t.ok(known.includes(name.toLowerCase()), `${path}: ${name}`);
    }
  }
});

/** Options of each command as its help lists them. */
async function helpOf(command: string): Promise<string> {
  let text = '';
  const out = (more: string) => {
    text += more;
  };
  await main([command, '--help'], { out, err: out, env: {}, cwd: '.', isTty: false });
  return text;
}

t.test('every command of ours in a runbook exists, with its options', async (t) => {
  const help = await helpOf('');
  let seen = 0;
  for (const path of pagesIn(folder)) {
    const lines = blocksOf(path).flatMap(({ text }) => text.split('\n'));
    const inline = [...page(path).matchAll(/`(sluice [^`]+)`/g)].map(([, code]) => code!);
    for (const line of [...lines, ...inline]) {
      const [, command, rest = ''] = /^sluice (\w+)(.*)$/.exec(line.trim()) ?? [];
      if (command === undefined) continue;
      seen += 1;
      t.match(help, new RegExp(`^ {2}${command} `, 'm'), `${path}: ${line}`);
      const own = await helpOf(command);
      for (const [option] of rest.matchAll(/--[a-z][a-z-]*/g)) t.match(own, option, `${path}: ${line}`);
      const [, sub] = /^ ([a-z]+)(?: |$)/.exec(rest) ?? [];
      if (['cost', 'cache', 'key'].includes(command))
        t.match(own, new RegExp(`\\b${sub}\\b`), `${path}: ${line}`);
    }
  }
  t.ok(seen > 25);
});

t.test('every path of ours in a runbook is on the page of routes', async (t) => {
  const http = page('docs/reference/http.md') + page('docs/guide/costs.md') + page('docs/reference/keys.md');
  for (const path of pagesIn(folder)) {
    for (const [, route] of page(path).matchAll(/SLUICE_URL(\/[\w/-]+)/g)) {
      const generic = route!.replace('/prompts/support', '/prompts/{name}');
      t.ok(http.includes(generic), `${path}: ${route}`);
    }
  }
});

t.test('every file in a runbook loads', async (t) => {
  const kinds = new Map(firstPartyProviders.map((kind) => [kind.kind, kind]));
  let seen = 0;
  for (const path of books) {
    for (const { at, language, text, file } of blocksOf(path)) {
      if (language === 'yaml' && file === 'gateway.yaml') {
        const { problems } = await loadConfig({
          file: 'gateway.yaml',
          env: {},
          kinds,
          readFile: async () => text,
        });
        t.strictSame(
          problems.filter(({ severity }) => severity === 'error'),
          [],
          at,
        );
      } else if (language === 'yaml' || language === 'ts') {
        const name = language === 'ts' ? '66-a.policy.ts' : '66-a.yaml';
        const policies = { [name]: text };
        const data = t.testdir({});
        const { close } = await testGateway({ policies, data, config: mockConfig });
        await close();
      } else continue;
      seen += 1;
    }
  }
  t.ok(seen >= 15);
});

const mockConfig = `
providers: { mock: { kind: mock } }
models: { cheap: mock/gpt-mini, smart: mock/gpt-large, test: mock/gpt }
`;

t.test('the read-only mode answers what is cached and refuses the rest', async (t) => {
  const { text } = blocksOf(`${folder}/gateway-down.md`).find(({ file }) =>
    file?.endsWith('read-only.policy.ts'),
  )!;
  const policies = t.testdir({ '65-cache.yaml': 'plugin: semantic-cache\n' });
  const upstream = new ScriptedUpstream();
  const config = { name: 'gateway.yaml', text: upConfig };
  const gateway = await createGateway({
    config,
    policies,
    env: {},
    http: upstream,
    services: { log: silentLog },
  });
  t.teardown(() => gateway.close());
  const ask = async (content: string) => {
    const body = JSON.stringify({ model: 'test', messages: [{ role: 'user', content }] });
    const answer = await gateway.request(
      new Request('http://gateway.test/v1/chat/completions', { method: 'POST', body }),
    );
    return { status: answer.status, cache: answer.headers.get('x-gateway-cache'), text: await answer.text() };
  };
  t.match(await ask('What is the capital of France?'), { status: 200, cache: 'miss' });
  writeFileSync(join(policies, '66-read-only.policy.ts'), text);
  t.strictSame(await gateway.reload(), []);
  t.match(await ask('What is the capital of France?'), { status: 200, cache: 'exact' });
  t.match(await ask('What is the capital of Spain?'), { status: 503, text: /read_only/ });
  t.equal(upstream.calls.length, 1);
});

const upConfig = `
providers: { up: { kind: openai, base_url: 'http://up.test/v1' } }
models: { test: up/model }
`;
