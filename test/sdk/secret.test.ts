import { inspect } from 'node:util';
import t from 'tap';
import { Secret } from '../../sdk/secret.ts';

t.test('a secret prints nowhere and gives itself up only to reveal()', async (t) => {
  const secret = new Secret('sk-canary-123');
  const printed = [
    String(secret),
    `${secret}`,
    `${secret}!`,
    JSON.stringify({ secret }),
    inspect({ deep: [secret] }, { depth: 9, showHidden: true }),
    Object.values(secret).join(),
    JSON.stringify(structuredClone({ ...secret })),
  ].join('\n');
  t.notMatch(printed, /canary/);
  t.equal(secret.reveal(), 'sk-canary-123');
});
