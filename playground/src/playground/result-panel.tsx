import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { Icon } from '../ui/icon.tsx';
import { DecisionTab } from './decision-tab.tsx';
import { fetchMore, more } from './more.ts';
import { loaded, paused, runProblem, tested, tried } from './state.ts';
import { Tabs } from './tabs.tsx';

type Result = 'decision' | 'timeline' | 'stream' | 'why' | 'tests' | 'plan' | 'ship';

const chosen = signal<Result>('decision');
const labels: Readonly<Record<Result, string>> = {
  decision: 'Decision',
  timeline: 'Timeline',
  stream: 'Stream',
  why: 'Why',
  tests: 'Tests',
  plan: 'Plan',
  ship: 'Ship',
};

/** What came of it, seen from several sides. */
export function ResultPanel() {
  const wanted = chosen.value !== 'decision' || loaded.value !== null;
  useEffect(() => {
    if (wanted) fetchMore();
  }, [wanted]);
  const failed = (tested.value?.cases ?? []).filter(
    ({ status }) => status === 'fail' || status === 'error',
  ).length;
  return (
    <section class="panel panel-result" aria-label="Result" data-panel>
      <Tabs
        label="Result"
        value={chosen.value}
        choices={(Object.keys(labels) as Result[]).map((value) => ({
          value,
          label: labels[value],
          note: value === 'tests' && failed > 0 ? <Failing count={failed} /> : null,
        }))}
        onChange={(value) => {
          chosen.value = value;
        }}
      >
        <div class="result">
          <Content />
        </div>
      </Tabs>
    </section>
  );
}

function Failing({ count }: { readonly count: number }) {
  return (
    <span class="tab-note tab-note-bad">
      {count}
      <span class="visually-hidden"> fail</span>
    </span>
  );
}

function Content() {
  const folder = loaded.value;
  const run = tried.value;
  const which = chosen.value;
  const tabs = more.value === 'failed' ? null : more.value;
  if (which !== 'decision' && tabs === null) {
    return (
      <p class="muted">
        {more.value === null
          ? 'Loading …'
          : 'This part of the page could not be loaded. Load the page again.'}
      </p>
    );
  }
  if (tabs !== null) {
    if (which === 'ship') return <tabs.ShipTab />;
    if (which === 'tests') return <tabs.TestsTab />;
    if (which === 'plan' && folder !== null) return <tabs.PlanTab loaded={folder} />;
  }
  if (runProblem.value !== null) {
    return (
      <p class="verdict verdict-bad" role="alert">
        <Icon name="stop" />
        <span>{runProblem.value}</span>
      </p>
    );
  }
  if (folder !== null && !folder.ok) {
    return (
      <div class="verdict verdict-bad" role="status">
        <Icon name="stop" />
        <div>
          <p class="verdict-text">The folder does not load</p>
          <p class="small">
            A gateway would go on with its last good version. See the problems below the editor.
          </p>
        </div>
      </div>
    );
  }
  if (run === null || folder === null) {
    return <p class="muted">{paused.value ? 'Nothing has run yet.' : 'The engine is on its way …'}</p>;
  }
  if (tabs !== null) {
    if (which === 'timeline') return <tabs.TimelineTab tried={run} loaded={folder} />;
    if (which === 'stream') return <tabs.StreamTab tried={run} />;
    if (which === 'why') return <tabs.WhyTab tried={run} loaded={folder} />;
  }
  return <DecisionTab tried={run} />;
}
