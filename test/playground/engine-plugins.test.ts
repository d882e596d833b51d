import t from 'tap';
import { firstPartyPlugins } from '../../core/gateway.ts';
import { pluginWords } from '../../playground/src/engine/plugins.ts';

t.test('the page knows the verbs and facts of the first-party plugins', async (t) => {
  for (const plugin of firstPartyPlugins) {
    const { verbs = [], facts = [] } = pluginWords[plugin.name] ?? {};
    t.strictSame([verbs, facts], [plugin.verbs ?? [], plugin.facts ?? []], plugin.name);
  }
});
