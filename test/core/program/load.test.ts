import t from 'tap';
import { formatProblem, type Problem, ProblemsError } from '../../../core/problem.ts';
import type { FolderSnapshot } from '../../../core/program/folder.ts';
import { type LoadPolicies, loadProgram } from '../../../core/program/load.ts';
import type { Step } from '../../../core/program/step.ts';
import { type AnyPlugin, definePlugin } from '../../../sdk/plugin.ts';
import { HandClock, services, snapshot, step } from './fixtures.ts';

/** Plugins that write down when they are set up and closed. */
function notebook() {
  const notes: string[] = [];
  const make = (name: string, more: Partial<AnyPlugin> = {}): AnyPlugin =>
    definePlugin({
      name,
      summary: '',
      schema: { type: 'object', properties: { fail: { type: 'boolean', default: false } } },
      needs: [],
      onFailure: 'open',
      setup: (options: { fail: boolean }, _services, { file }) => {
        if (options.fail) throw new Error(`${name} cannot start`);
        notes.push(`open ${file}`);
        return { close: () => void notes.push(`close ${file}`) };
      },
      ...more,
    } as AnyPlugin);
  const plugins = new Map(
    [make('one'), make('two', { verbs: ['limit'], facts: ['budget'] })].map((p) => [p.name, p]),
  );
  return { notes, plugins };
}

const noPolicies: LoadPolicies = async () => ({ steps: new Map(), problems: [] });

async function problemsOf(run: Promise<unknown>): Promise<string[]> {
  try {
    await run;
  } catch (error) {
    if (error instanceof ProblemsError) return error.problems.map(formatProblem);
    throw error;
  }
  return [];
}

function load(
  from: FolderSnapshot,
  { plugins, notes: _notes }: ReturnType<typeof notebook>,
  loadPolicies = noPolicies,
  warn?: (problems: readonly Problem[]) => void,
) {
  const clock = new HandClock();
  return loadProgram(from, {
    plugins,
    services: services(clock),
    clock,
    loadPolicies,
    ...(warn ? { warn } : {}),
  });
}

t.test('steps stand in file-name order, those of a policy script in the order of the script', async (t) => {
  const book = notebook();
  const program = await load(
    snapshot({
      '10-a.yaml': 'plugin: one',
      '20-b.policy.test.yaml': '',
      '20-b.policy.ts': 'b',
      '30-c.yaml': 'plugin: two',
      '40-d.yaml': 'plugin: one\nenabled: false',
      '50-e.yaml': 'plugin: one\nmode: off',
    }),
    book,
    async (files, surroundings) => {
      t.strictSame(
        files.map(({ name, text }) => [name, text]),
        [['20-b.policy.ts', 'b']],
      );
      t.match(surroundings, {
        version: '0123456789ab',
        order: [
          '10-a.yaml',
          '20-b.policy.test.yaml',
          '20-b.policy.ts',
          '30-c.yaml',
          '40-d.yaml',
          '50-e.yaml',
        ],
        plugins: [
          { file: '10-a.yaml', plugin: 'one', mode: 'enforce', hasMatch: false, verbs: [], facts: [] },
          { file: '30-c.yaml', plugin: 'two', verbs: ['limit'], facts: ['budget'] },
        ],
      });
      t.equal(surroundings.plugins.length, 2);
      const file = '20-b.policy.ts';
      const steps = [
        step(file, { name: 'p1' }),
        step(file, { name: 'p2', mode: 'off' }),
        step(file, { name: 'p3' }),
      ];
      return { steps: new Map([[file, steps]]), problems: [] };
    },
  );
  t.match(program, { version: '0123456789ab', folder: 'policies', loadedAtMs: 1_000_000 });
  t.strictSame(
    program.steps.map(({ file, name }) => `${file} ${name}`),
    ['10-a.yaml one', '20-b.policy.ts p1', '20-b.policy.ts p3', '30-c.yaml two'],
  );
  t.strictSame(book.notes, ['open 10-a.yaml', 'open 30-c.yaml'], 'what is off is never set up');
});

t.test('problems of all files come together in file order, and nothing is set up', async (t) => {
  const book = notebook();
  const from = snapshot({
    '10-a.yaml': 'plugin: one',
    '20-b.policy.ts': '',
    '30-c.yaml': 'plugin: tow\n',
    '40-d.yaml': 'plugin: one\nfial: true',
  });
  const stray: Problem = { file: 'x.ts', line: 0, column: 0, severity: 'error', message: 'not understood' };
  const problems = await problemsOf(
    load({ ...from, problems: [stray] }, book, async () => ({
      steps: new Map<string, Step[]>(),
      problems: [
        { file: '20-b.policy.ts', line: 3, column: 5, severity: 'error', message: 'unknown target' },
      ],
    })),
  );
  t.strictSame(problems, [
    '20-b.policy.ts:3:5: error: unknown target',
    '30-c.yaml:1:9: error: unknown plugin "tow"; did you mean "two"?',
    '40-d.yaml:2:1: error: unknown key "fial"; did you mean "fail"?',
    'x.ts: error: not understood',
  ]);
  t.strictSame(book.notes, []);
});

t.test(
  'when setups fail, all failures are told and everything set up before is closed, last first',
  async (t) => {
    const book = notebook();
    const closed: string[] = [];
    const problems = await problemsOf(
      load(
        snapshot({
          '10-a.yaml': 'plugin: one',
          '15-p.policy.ts': '',
          '20-b.yaml': 'plugin: one\nfail: true',
          '30-c.yaml': 'plugin: two',
          '40-d.yaml': 'plugin: two\nfail: true',
        }),
        book,
        async () => ({
          steps: new Map([
            ['15-p.policy.ts', [step('15-p.policy.ts', { close: () => void closed.push('policy') })]],
          ]),
          problems: [],
        }),
      ),
    );
    t.strictSame(problems, [
      '20-b.yaml:1:1: error: one cannot start',
      '40-d.yaml:1:1: error: two cannot start',
    ]);
    t.strictSame(book.notes, ['open 10-a.yaml', 'open 30-c.yaml', 'close 30-c.yaml', 'close 10-a.yaml']);
    t.strictSame(closed, ['policy']);
  },
);

t.test('policy steps are closed when another file is broken', async (t) => {
  let closed = false;
  const policy = step('a.policy.ts', {
    close: () => {
      closed = true;
    },
  });
  const loadPolicies: LoadPolicies = async () => ({
    steps: new Map([['a.policy.ts', [policy]]]),
    problems: [],
  });
  t.equal(
    (await problemsOf(load(snapshot({ 'a.policy.ts': '', 'b.yaml': '[' }), notebook(), loadPolicies))).length,
    1,
  );
  t.equal(closed, true);
});

t.test('a script whose policies are all off is closed, one that is half on is not', async (t) => {
  const closed: string[] = [];
  const make = (file: string, mode: Step['mode']) =>
    step(file, { mode, close: () => void closed.push(`${file} ${mode}`) });
  const program = await load(snapshot({ 'a.policy.ts': '', 'b.policy.ts': '' }), notebook(), async () => ({
    steps: new Map([
      ['a.policy.ts', [make('a', 'off'), make('a', 'off')]],
      ['b.policy.ts', [make('b', 'off'), make('b', 'shadow')]],
    ]),
    problems: [],
  }));
  t.strictSame(closed, ['a off', 'a off']);
  t.equal(program.steps.length, 1);
});

t.test('a policy loader that throws is a problem like any other', async (t) => {
  const from = snapshot({ 'a.policy.ts': '' });
  const fails: LoadPolicies = async () => {
    throw new Error('no sandbox');
  };
  t.strictSame(await problemsOf(load(from, notebook(), fails)), [
    'a.policy.ts: error: the policy scripts could not be loaded: no sandbox',
  ]);
});

t.test('warnings are told and do not stop the load', async (t) => {
  const warning: Problem = {
    file: 'a.policy.ts',
    line: 1,
    column: 1,
    severity: 'warning',
    message: 'unreachable',
  };
  const told: Problem[] = [];
  const program = await load(
    snapshot({ 'a.policy.ts': '' }),
    notebook(),
    async () => ({ steps: new Map(), problems: [warning] }),
    (problems) => told.push(...problems),
  );
  t.strictSame(program.steps, []);
  t.strictSame(told, [warning]);
});

t.test('an empty folder is an empty program', async (t) => {
  const program = await load(snapshot({}), notebook(), () => {
    throw new Error('not to be called');
  });
  t.strictSame(program.steps, []);
});
