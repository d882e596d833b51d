import t from 'tap';
import { driven } from './harness.ts';

async function chainsOf(chains: { [name: string]: unknown[] }): Promise<unknown> {
  const { route } = await driven({ chains } as never);
  const decision = route();
  return 'chains' in decision ? decision.chains : undefined;
}

t.test('a chain comes after the alias’s own targets, unless it begins with one of them', async (t) => {
  t.strictSame(await chainsOf({ cheap: ['openai/gpt', { target: 'smart', on: ['context_length'] }] }), {
    cheap: ['cheap', 'openai/gpt', { to: 'smart', on: ['context_length'] }],
  });
  t.strictSame(await chainsOf({ smart: ['openai/gpt', 'claude/sonnet'] }), {
    smart: ['openai/gpt', 'claude/sonnet'],
  });
  t.strictSame(await chainsOf({ spread: ['local/qwen'] }), { spread: ['spread', 'local/qwen'] });
  t.strictSame(await chainsOf({ spread: ['spread', 'local/qwen'] }), { spread: ['spread', 'local/qwen'] });
  t.strictSame(await chainsOf({ 'claude/opus': ['backup'] }), { 'claude/opus': ['claude/opus', 'backup'] });
  t.strictSame(
    await chainsOf({ cheap: [{ target: 'backup' }], backup: [{ target: 'cheap' }] }),
    { cheap: ['cheap', 'backup'], backup: ['backup', 'cheap'] },
    'two aliases may stand in for each other: an alias stands for its targets, not for its chain',
  );
});

t.test('unknown names are refused together, each with the nearest', async (t) => {
  await t.rejects(
    chainsOf({ cheep: ['openai/gpt'], smart: ['backap', 'claude/opus', { target: 'zzz/y' }] }),
    {
      message: [
        'chains.cheep: "cheep" is no alias and no provider/model of the configuration; did you mean "cheap"?',
        'chains.smart[0]: "backap" is no alias and no provider/model of the configuration; did you mean "backup"?',
        'chains.smart[2]: "zzz/y" is no alias and no provider/model of the configuration',
      ].join('\n'),
    },
  );
});

t.test('chains that repeat or come back to their beginning are refused', async (t) => {
  await t.rejects(chainsOf({ cheap: ['openai/gpt', 'cheap'] }), {
    message: 'chains.cheap[1]: the chain comes back to "cheap", whose targets have been asked by then',
  });
  await t.rejects(chainsOf({ cheap: ['backup', 'local/qwen'] }), {
    message: 'chains.cheap[1]: "local/qwen" repeats: the entries before it have asked its targets by then',
  });
  await t.rejects(chainsOf({ smart: ['claude/sonnet', 'openai/gpt'] }), {
    message: /chains\.smart\[1\]: "openai\/gpt" is what "smart" asks anyway, before its chain/,
  });
  await t.rejects(chainsOf({ smart: [{ target: 'claude/opus', on: ['timeout'] }] }), {
    message: /"claude\/opus" is what "smart" asks anyway/,
  });
  await t.rejects(chainsOf({ spread: ['claude/sonnet', 'local/qwen'] }), {
    message:
      /"spread" chooses among its targets by strategy weighted, which a chain of those targets would end/,
  });
});

t.test('targets that the options keep from ever being asked are logged at load', async (t) => {
  const chains = { cheap: ['openai/gpt', 'local/qwen'] };
  const unused = async (options: object) => {
    const { log } = await driven({ chains, ...options });
    return log.lines.map(({ level, fields }) => [level, fields['target'], fields['why']]);
  };
  t.strictSame(await unused({}), [
    [
      'warn',
      'local/qwen',
      'its price is unknown, so cost_ceiling cannot be kept; give it a price, or set cost_ceiling: none',
    ],
  ]);
  t.strictSame(await unused({ cost_ceiling: 'none' }), []);
  t.match(await unused({ cross_vendor: 'never' }), [
    ['warn', 'openai/gpt', /of another vendor \(openai\) than claude\/sonnet \(anthropic\)/],
    ['warn', 'local/qwen', /of another vendor/],
  ]);
  t.match(await unused({ same_region: true, cost_ceiling: 'none' }), [
    ['warn', 'openai/gpt', /in another region \(us\) than claude\/sonnet \(eu\)/],
    ['warn', 'local/qwen', /in another region \(unknown\)/],
  ]);
});
