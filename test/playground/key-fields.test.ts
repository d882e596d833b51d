import t from 'tap';
import type { KeyInfo } from '../../playground/src/api/types.ts';
import { fieldsOf, problemsOf, textsOf } from '../../playground/src/console/keys/key-fields.ts';
import { filterText, readFilters } from '../../playground/src/console/traffic/filters.ts';
import { MockKeys } from './mock-keys.ts';

const key: KeyInfo = new MockKeys(0).list(1, 10).keys[0]!;

t.test('a new key has what was filled in and nothing else; money stays text', async (t) => {
  const texts = {
    ...textsOf(),
    key_alias: ' bot ',
    models: 'cheap, support-*,',
    max_budget: '0.1',
    rpm_limit: '30',
  };
  t.strictSame(problemsOf(texts), {});
  t.strictSame(fieldsOf(texts), {
    key_alias: 'bot',
    models: ['cheap', 'support-*'],
    max_budget: '0.1',
    rpm_limit: 30,
  });
});

t.test('a change has only what was changed; what was emptied is taken away', async (t) => {
  const texts = textsOf(key);
  t.equal(texts.max_budget, '200');
  t.strictSame(fieldsOf(texts, key), {});
  t.strictSame(fieldsOf({ ...texts, max_budget: '', models: '' }, key), { models: [], max_budget: null });
});

t.test('what the gateway would refuse is said at its field', async (t) => {
  const problems = problemsOf({ ...textsOf(), max_budget: '1e3', rpm_limit: '-1', budget_duration: 'month' });
  t.strictSame(Object.keys(problems), ['max_budget', 'rpm_limit', 'budget_duration']);
});

t.test('filters pass through the address unchanged, unknown and empty ones are left out', async (t) => {
  const filters = readFilters(new URLSearchParams('status=4xx&tenant=a%26b&request=1&model=&q=%20x%20'));
  t.strictSame(filters, { q: 'x', status: '4xx', tenant: 'a&b' });
  t.strictSame(readFilters(new URLSearchParams(filterText(filters))), filters);
});
