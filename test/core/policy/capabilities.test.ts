import t from 'tap';
import { capabilitiesOf, type PluginWords } from '../../../core/policy/capabilities.ts';

function words(file: string, more: Partial<PluginWords> = {}): PluginWords {
  return {
    file,
    plugin: 'token-limiter',
    mode: 'enforce',
    hasMatch: false,
    verbs: ['limit'],
    facts: ['budget'],
    ...more,
  };
}

const order = ['10-a.policy.ts', '20-limits.yaml', '40-b.policy.ts', '60-more.yaml', '70-c.policy.ts'];

t.test('a verb is carried out by the first file of its plugin that stands after the policy', async (t) => {
  const both = [words('20-limits.yaml'), words('60-more.yaml')];
  t.strictSame([...capabilitiesOf('10-a.policy.ts', order, both).verbs], [['limit', '20-limits.yaml']]);
  t.strictSame([...capabilitiesOf('40-b.policy.ts', order, both).verbs], [['limit', '60-more.yaml']]);
});

t.test('a policy that stands after the plugin is told to what it can be renamed', async (t) => {
  const { verbs, why, facts } = capabilitiesOf('70-c.policy.ts', order, [words('20-limits.yaml')]);
  t.equal(verbs.size, 0);
  t.equal(
    why?.get('limit'),
    'limit() comes too late: 20-limits.yaml (plugin token-limiter), which carries it out, runs before this policy. Rename the policy so that it stands before that file, such as 19-c.policy.ts',
  );
  t.ok(facts.has('budget'), 'what is spent can be asked from anywhere');
});

t.test('a file that does not apply to every request carries nothing out', async (t) => {
  const some = words('20-limits.yaml', { hasMatch: true });
  t.match(
    capabilitiesOf('10-a.policy.ts', order, [some]).why?.get('limit'),
    /20-limits.yaml \(plugin token-limiter\) does not apply to all of them: take match out of it/,
  );
  t.equal(
    capabilitiesOf('10-a.policy.ts', order, [some, words('60-more.yaml')]).verbs.get('limit'),
    '60-more.yaml',
  );
});

t.test('what a plugin in shadow mode counts is no fact', async (t) => {
  const shadow = words('20-limits.yaml', { mode: 'shadow' });
  const { verbs, facts } = capabilitiesOf('10-a.policy.ts', order, [shadow]);
  t.ok(verbs.has('limit'), 'its verbs are carried out as its own limits are: on record');
  t.notOk(facts.has('budget'));
});
