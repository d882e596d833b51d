import fc from 'fast-check';
import t from 'tap';
import { withModel } from '../../../../plugins/providers/azure/body-model.ts';

t.test('only the value of the top-level model changes', async (t) => {
  const cases = [
    ['{"model":"a"}', '{"model":"b"}'],
    ['{ "stream" : true,\n "model" :\t"a" }', '{ "stream" : true,\n "model" :\t"b" }'],
    ['{"tools":[{"model":"a"}],"model":"a","n":1e400}', '{"tools":[{"model":"a"}],"model":"b","n":1e400}'],
    ['{"x":"\\\\\\"model\\":","model":"a\\"b"}', '{"x":"\\\\\\"model\\":","model":"b"}'],
    ['{"x":["model","a"]}', '{"x":["model","a"]}'],
    ['{"x":"model"}', '{"x":"model"}'],
    ['{"model":null}', '{"model":null}'],
    ['{"model', '{"model'],
    ['', ''],
  ] as const;
  for (const [body, expected] of cases) t.equal(withModel(body, 'b'), expected, body);
});

t.test('whatever stands around it, the result says the same but for the model', async () => {
  fc.assert(
    fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), fc.string(), (rest, old, model) => {
      const body = JSON.stringify({ ...rest, model: old, last: '"model":"x"' });
      const expected = JSON.stringify({ ...(JSON.parse(body) as object), model });
      return JSON.stringify(JSON.parse(withModel(body, model))) === expected;
    }),
  );
});
