// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are written like this
import t from 'tap';
import { parsePluginFile } from '../../../core/program/plugin-file.ts';
import { type References, readSecrets } from '../../../core/program/plugin-secrets.ts';
import { type AnyPlugin, definePlugin, Secret } from '../../../sdk/index.ts';

interface Options {
  readonly url?: Secret;
  readonly name?: string;
}

const plugin = definePlugin<Options>({
  name: 'teller',
  summary: 'Made for a test.',
  schema: { type: 'object', properties: { url: { type: 'string' }, name: { type: 'string' } } },
  secrets: ['url'],
  needs: [],
  onFailure: 'open',
  setup: () => ({}),
}) as AnyPlugin;

const references: References = {
  env: { HOOK: 'https://hooks.example/KEY' },
  folder: '/etc/sluice',
  readFile: async (path) => {
    if (path === '/etc/sluice/hook.txt') return 'https://file.example/KEY\n';
    throw Object.assign(new Error('no'), { code: 'ENOENT' });
  },
};

async function read(text: string, from: References | null = references) {
  const { parsed } = parsePluginFile(
    '20-teller.yaml',
    `plugin: teller\n${text}`,
    new Map([['teller', plugin]]),
  );
  return await readSecrets(parsed!, plugin.secrets!, from);
}

t.test('a secret is read from the environment or a file, and does not print', async (t) => {
  for (const [written, value] of [
    ['${HOOK}', 'https://hooks.example/KEY'],
    ['${file:hook.txt}', 'https://file.example/KEY'],
    ['https://plain.example/KEY', 'https://plain.example/KEY'],
  ]) {
    const { options, problems } = await read(`url: ${written}\nname: \${HOOK}\n`);
    t.strictSame(problems, []);
    t.equal((options['url'] as Secret).reveal(), value);
    t.equal(JSON.stringify(options), '{"url":"[secret]","name":"${HOOK}"}', 'others stay as they are');
  }
});

t.test('what is missing is a problem at its line', async (t) => {
  const { problems } = await read('name: x\nurl: ${HOKO}\n');
  t.match(problems, [
    {
      file: '20-teller.yaml',
      line: 3,
      severity: 'error',
      message: 'url: environment variable HOKO is not set; did you mean HOOK?',
    },
  ]);
  t.match((await read('url: ${file:other.txt}\n')).problems, [{ message: /other.txt does not exist/ }]);
});

t.test('where nothing is called no secret is needed', async (t) => {
  const { options, problems } = await read('url: ${HOKO}\n', null);
  t.strictSame(problems, []);
  t.ok(options['url'] instanceof Secret);
  t.strictSame((await read('name: x\n')).options, { name: 'x' });
});
