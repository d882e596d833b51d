import t from 'tap';
import { claudeTraits, isClaude } from '../../../sdk/provider-kit/claude.ts';

t.test('a Claude model is known in every spelling', async (t) => {
  const names = [
    'claude-haiku-4-5',
    'anthropic/claude-opus-4.6',
    'anthropic.claude-sonnet-4-5-20250929-v1:0',
    'us.anthropic.claude-opus-4-6-v1',
    'claude-haiku-4-5@20251001',
    'Claude-3-Opus',
  ];
  for (const name of names) t.ok(isClaude(name), name);
  for (const name of ['gpt-5', 'amazon.nova-pro-v1:0', '']) t.notOk(isClaude(name), name);
});

t.test('traits follow the version, whatever stands around it', async (t) => {
  const cases = [
    ['claude-v2:1', 4096, 'none'],
    ['anthropic.claude-instant-v1', 4096, 'none'],
    ['claude-3-opus-20240229', 4096, 'none'],
    ['claude-3-5-sonnet-20240620', 4096, 'none'],
    ['claude-3-5-sonnet-20241022', 8192, 'none'],
    ['anthropic/claude-3.5-haiku', 8192, 'none'],
    ['anthropic/claude-3.7-sonnet:thinking', 64_000, 'budget'],
    ['claude-opus-4-20250514', 32_000, 'budget'],
    ['claude-4-opus-20250514', 32_000, 'budget'],
    ['claude-sonnet-4', 64_000, 'budget'],
    ['claude-opus-4-1-20250805', 32_000, 'budget'],
    ['eu.anthropic.claude-haiku-4-5-20251001-v1:0', 64_000, 'budget'],
    ['claude-opus-4-6', 128_000, 'adaptive'],
    ['claude-sonnet-4-6', 64_000, 'adaptive'],
    ['claude-opus-4-8', 128_000, 'adaptive'],
    [
      'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.anthropic.claude-sonnet-4-20250514-v1:0',
      64_000,
      'budget',
    ],
  ] as const;
  for (const [name, maxOutputTokens, reasoning] of cases) {
    t.match(claudeTraits(name), { maxOutputTokens, reasoning }, name);
  }
});

t.test('samplers are refused since 4.7, and two at once since 4.1', async (t) => {
  t.equal(claudeTraits('claude-opus-4-7').sampling, false);
  t.equal(claudeTraits('claude-opus-4-6').sampling, undefined);
  t.equal(claudeTraits('claude-opus-4-1').temperatureWithTopP, false);
  t.equal(claudeTraits('claude-opus-4-20250514').temperatureWithTopP, undefined);
});

t.test('efforts are those that the model names itself in its error', async (t) => {
  t.same(claudeTraits('claude-opus-4-6').efforts, ['none', 'low', 'medium', 'high', 'max']);
  t.same(claudeTraits('claude-opus-5').efforts, ['none', 'low', 'medium', 'high', 'xhigh', 'max']);
  t.notOk(claudeTraits('claude-fable-5').efforts?.includes('none'), 'thinking cannot be turned off');
});

t.test('instructions in the middle and JSON by schema came later', async (t) => {
  t.match(claudeTraits('claude-opus-4-8'), { midSystem: true, structuredOutput: 'native' });
  t.match(claudeTraits('claude-opus-4-7'), { midSystem: false, structuredOutput: 'native' });
  t.match(claudeTraits('claude-sonnet-4-5'), { midSystem: false, structuredOutput: 'native' });
  t.match(claudeTraits('claude-opus-4-1'), { structuredOutput: 'tool' });
  t.match(claudeTraits('claude-3-haiku-20240307'), { structuredOutput: 'tool', toolChoiceNone: false });
});

t.test('what nobody knows yet counts as the newest, what nobody knows any more as the oldest', async (t) => {
  const newest = claudeTraits('claude-opus-5');
  for (const name of [
    'claude-opus-9',
    'claude-opus-5-5',
    'claude-sonnet-4-10',
    'claude-next',
    'our-claude',
  ]) {
    t.same(claudeTraits(name), newest, name);
  }
  t.equal(claudeTraits('claude-1.3').maxOutputTokens, 4096);
});
