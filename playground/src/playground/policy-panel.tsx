import { useMemo, useState } from 'preact/hooks';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Menu, MenuItem } from '../ui/menu.tsx';
import { useDiagnostics, useTypes } from './diagnostics.ts';
import { Editor } from './editor.tsx';
import { coverageMarks, runMarks } from './rule-marks.ts';
import {
  active,
  files,
  goTo,
  loaded,
  putFile,
  removeFile,
  setText,
  showCoverage,
  tested,
  tried,
  whyNotName,
} from './state.ts';
import { Tabs } from './tabs.tsx';

const newPolicy = (id: string) => `import { policy, route, tag, tokensIn } from 'sluice';

export const draft = policy(
  '${id}',
  { kind: 'shape' },
  route('long', tokensIn.gt(4000), tag({ size: 'long' })),
);
`;

/** The files of the folder, one at a time. */
export function PolicyPanel() {
  const [adding, setAdding] = useState(false);
  useTypes();
  const name = active.value;
  const text = files.value.find((file) => file.name === name)?.text ?? '';
  const diagnostics = useDiagnostics();
  const { value: run } = tried;
  const { value: folder } = loaded;
  const { value: cases } = tested;
  const covers = showCoverage.value;
  const marks = useMemo(() => {
    if (covers) return cases === null ? [] : coverageMarks(name, cases);
    return run === null || folder === null ? [] : runMarks(name, folder, run);
  }, [name, run, folder, cases, covers]);
  const line = goTo.value?.file === name ? goTo.value : null;
  return (
    <section class="panel panel-policies" aria-label="Policies" data-panel>
      <Tabs
        label="Files of the policies folder"
        value={name}
        choices={files.value.map((file) => ({
          value: file.name,
          label: file.name,
          note: <FileNote name={file.name} />,
        }))}
        onChange={(chosen) => {
          active.value = chosen;
        }}
        tools={
          <div class="tab-tools">
            <Button kind="quiet" icon aria-label="New file" title="New file" onClick={() => setAdding(true)}>
              <Icon name="plus" />
            </Button>
            <Menu label={`More for ${name}`} trigger={<Icon name="dots" />}>
              <MenuItem onSelect={() => setAdding(true)}>New file</MenuItem>
              <MenuItem bad onSelect={() => removeFile(name)}>
                Remove {name}
              </MenuItem>
            </Menu>
          </div>
        }
      >
        {name === '' ? (
          <p class="panel-empty">
            The folder is empty. <Button onClick={() => setAdding(true)}>New file</Button>
          </p>
        ) : (
          <Editor
            name={name}
            label={`${name}. Escape, then Tab leaves the editor.`}
            text={text}
            onChange={(now) => setText(active.peek(), now)}
            diagnostics={diagnostics}
            marks={marks}
            line={line}
          />
        )}
      </Tabs>
      <Problems />
      <NewFile open={adding} onOpenChange={setAdding} />
    </section>
  );
}

function FileNote({ name }: { readonly name: string }) {
  const own = loaded.value?.problems.filter(({ file }) => file === name) ?? [];
  const errors = own.filter(({ severity }) => severity === 'error').length;
  if (own.length === 0) return null;
  return (
    <span class={errors > 0 ? 'tab-note tab-note-bad' : 'tab-note tab-note-warn'}>
      <span aria-hidden="true">{own.length}</span>
      <span class="visually-hidden">{own.length === 1 ? 'one problem' : `${own.length} problems`}</span>
    </span>
  );
}

/** Everything that is wrong with the folder, wherever it is. */
function Problems() {
  const problems = loaded.value?.problems ?? [];
  if (problems.length === 0) return null;
  return (
    <ul class="problem-list" aria-label="Problems">
      {problems.map((problem) => (
        <li key={`${problem.file}:${problem.line}:${problem.message}`}>
          <button
            type="button"
            class="problem"
            onClick={() => {
              active.value = problem.file;
              goTo.value = { file: problem.file, line: problem.line, at: performance.now() };
            }}
          >
            <Icon name={problem.severity === 'error' ? 'stop' : 'warn'} />
            <span class="mono problem-place">
              {problem.file}:{problem.line}
            </span>
            <span>{problem.message}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function NewFile({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const [name, setName] = useState('');
  const problem = name === '' ? null : whyNotName(name);
  const add = () => {
    if (name === '' || problem !== null) return;
    const id = name.replace(/^\d+-/, '').replace(/\..*$/, '');
    putFile({ name, text: name.endsWith('.yaml') ? '' : newPolicy(id) });
    active.value = name;
    setName('');
    onOpenChange(false);
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="New file"
      description="Files run in the order of their names."
    >
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          add();
        }}
      >
        <Field label="Name" hint="Such as 45-night.policy.ts or 45-night.policy.test.yaml" error={problem}>
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              value={name}
              spellcheck={false}
              onInput={(event) => setName(event.currentTarget.value.trim())}
            />
          )}
        </Field>
        <DialogActions>
          <Button kind="primary" type="submit">
            Add it
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
