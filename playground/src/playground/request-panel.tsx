import { useState } from 'preact/hooks';
import { allowed } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Segments } from '../ui/segments.tsx';
import { Editor } from './editor.tsx';
import { knownGiven } from './live.ts';
import { fetchMore, more } from './more.ts';
import { presets } from './presets.ts';
import { RequestForm } from './request-form.tsx';
import { tryNow } from './runner.ts';
import { givenRead, givenText, setGiven } from './state.ts';

type View = 'form' | 'both' | 'json';

/** The request: its facts as a form and as JSON, which are the same. */
export function RequestPanel() {
  const [view, setView] = useState<View>('form');
  const [curl, setCurl] = useState(false);
  const [recorded, setRecorded] = useState(false);
  const { problem } = givenRead.value;
  const parts = more.value;
  const open = (show: (open: boolean) => void) => {
    fetchMore();
    show(true);
  };
  return (
    <section class="panel panel-request" aria-label="Request" data-panel>
      <div class="panel-head">
        <h2>Request</h2>
        <Segments
          label="Request as"
          value={view}
          choices={[
            { value: 'form', label: 'Form' },
            { value: 'both', label: 'Both' },
            { value: 'json', label: 'JSON' },
          ]}
          onChange={setView}
        />
        <div class="panel-head-end">
          <Button kind="primary" title="Ctrl+Enter or ⌘ Enter" onClick={() => void tryNow()}>
            <Icon name="play" />
            Run
          </Button>
        </div>
      </div>
      <div class="request-sources">
        <select
          class="input"
          aria-label="Begin with a preset"
          value=""
          onChange={(event) => {
            const chosen = presets[Number(event.currentTarget.value)];
            if (chosen !== undefined) setGiven(knownGiven(chosen.given));
            event.currentTarget.value = '';
          }}
        >
          <option value="">Preset …</option>
          {presets.map(({ name }, index) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
        </select>
        <Button onClick={() => open(setCurl)}>Paste curl</Button>
        {allowed.value ? <Button onClick={() => open(setRecorded)}>Recorded</Button> : null}
      </div>
      <div class={`request-views request-views-${view}`}>
        {view === 'json' ? null : <RequestForm />}
        {view === 'form' ? null : (
          <div class="request-json">
            <Editor
              name="request.json"
              label="Facts of the request, in JSON"
              text={givenText.value}
              onChange={(text) => {
                givenText.value = text;
              }}
            />
          </div>
        )}
      </div>
      {problem === null ? null : (
        <p class="panel-problem" role="status">
          <Icon name="warn" /> The JSON is not complete: {problem}
        </p>
      )}
      {parts === null || parts === 'failed' ? null : (
        <>
          <parts.CurlDialog open={curl} onOpenChange={setCurl} />
          <parts.RecordedDialog open={recorded} onOpenChange={setRecorded} />
        </>
      )}
    </section>
  );
}
