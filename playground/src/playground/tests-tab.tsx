import { useState } from 'preact/hooks';
import type { CaseOutcome, Tested } from '../engine/messages.ts';
import { Button } from '../ui/button.tsx';
import { Field } from '../ui/field.tsx';
import { Icon } from '../ui/icon.tsx';
import { Badge, type Tone } from '../ui/status-mark.tsx';
import { toast } from '../ui/toasts.tsx';
import { testNow } from './runner.ts';
import { caseFileOf, withCase } from './save-test.ts';
import { SourceLink } from './source-link.tsx';
import { active, files, givenRead, putFile, showCoverage, tested, tried } from './state.ts';
import { verdictOf } from './verdict.ts';

const tones: Readonly<Record<CaseOutcome['status'], Tone>> = {
  pass: 'ok',
  fail: 'bad',
  error: 'bad',
  skip: 'plain',
};

/** The folder's cases, and what they cover. */
export function TestsTab() {
  const result = tested.value;
  return (
    <div class="stack">
      <SaveTest />
      {result === null ? (
        <p class="muted">The cases run when the folder loads.</p>
      ) : (
        <>
          <Summary result={result} />
          {result.problems.map((problem) => (
            <p key={`${problem.file}:${problem.line}:${problem.message}`} class="panel-problem">
              <SourceLink at={`${problem.file}:${problem.line}`} /> {problem.message}
            </p>
          ))}
          <Cases cases={result.cases} />
          <Gaps result={result} />
        </>
      )}
    </div>
  );
}

function Summary({ result }: { readonly result: Tested }) {
  const count = (status: CaseOutcome['status']) => result.cases.filter((one) => one.status === status).length;
  const failed = count('fail') + count('error');
  const { percent, covered, total } = result.coverage;
  return (
    <div class="spread">
      <p role="status">
        <strong class={failed > 0 ? 'bad-text' : 'ok-text'}>
          {failed > 0
            ? `${failed} of ${result.cases.length} cases ${failed === 1 ? 'fails' : 'fail'}`
            : count('pass') === 1
              ? '1 case passes'
              : `${count('pass')} cases pass`}
        </strong>{' '}
        <span class="muted">
          coverage {percent} % ({covered} of {total})
        </span>
      </p>
      <div class="row">
        <label class="check">
          <input
            type="checkbox"
            checked={showCoverage.value}
            onChange={(event) => {
              showCoverage.value = event.currentTarget.checked;
            }}
          />
          Coverage beside the rules
        </label>
        <Button onClick={() => void testNow()}>Run again</Button>
      </div>
    </div>
  );
}

function Cases({ cases }: { readonly cases: readonly CaseOutcome[] }) {
  const inOrder = [...cases].sort((a, b) => Number(a.status === 'pass') - Number(b.status === 'pass'));
  return (
    <ul class="cases">
      {inOrder.map((one) => (
        <li key={`${one.file}:${one.line}:${one.name}`} class="case">
          <Badge tone={tones[one.status]}>{one.status}</Badge>
          <div class="case-body">
            <p>
              <SourceLink at={`${one.file}:${one.line}`}>{one.name}</SourceLink>
            </p>
            {one.notes.map((note) => (
              <p key={note} class="small case-note">
                {note}
              </p>
            ))}
          </div>
        </li>
      ))}
    </ul>
  );
}

function Gaps({ result }: { readonly result: Tested }) {
  const gaps = result.coverage.rules.filter(({ reason }) => reason !== null);
  if (gaps.length === 0) return null;
  return (
    <section aria-label="Not covered">
      <h3 class="block-title">Not covered</h3>
      <ul class="gaps">
        {gaps.map(({ rule, at, reason }) => (
          <li key={rule} class="small">
            <SourceLink at={at}>{rule}</SourceLink> <span class="muted">{reason}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

/** Writes the request, and what came of it, as a case beside the policy that decided. */
function SaveTest() {
  const [name, setName] = useState('');
  const run = tried.value;
  const { given } = givenRead.value;
  if (run === null || given === null) return null;
  const decided = verdictOf(run.trace).rule?.at ?? '';
  const beside = decided !== '' ? decided.slice(0, decided.lastIndexOf(':')) : active.value;
  const file = caseFileOf(beside);
  const save = () => {
    if (name.trim() === '') return;
    const before = files.value.find((one) => one.name === file)?.text ?? '';
    putFile({ name: file, text: withCase(before, name.trim(), given, run) });
    toast({ kind: 'ok', text: `Written to ${file}.` });
    setName('');
    void testNow();
  };
  return (
    <form
      class="save-test"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <Field label="Save this request as a test" hint={`Expects what came of it now; in ${file}`}>
        {(ids) => (
          <input
            {...ids}
            class="input"
            value={name}
            placeholder="what it shows, in words"
            onInput={(event) => setName(event.currentTarget.value)}
          />
        )}
      </Field>
      <Button type="submit" disabled={name.trim() === ''}>
        <Icon name="plus" /> Save
      </Button>
    </form>
  );
}
