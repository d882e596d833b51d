import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { query, setQuery } from '../../app/router.ts';
import { count } from '../../data/format.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Failure, Loading, Notice } from '../../ui/states.tsx';
import { WorkersNote } from '../workers/note.tsx';
import { missingWords } from '../workers/words.ts';
import { FilterBar } from './filter-bar.tsx';
import { filterText, readFilters } from './filters.ts';
import { TrafficGrid } from './grid.tsx';
import { RequestPanel } from './request-panel.tsx';
import type { TailState } from './tail.ts';
import { type Traffic, useTraffic } from './use-traffic.ts';
import './traffic.css';

/** So long it is worth saying that a worker was replaced. */
const recentMs = 3_600_000;

/** What goes through the gateway, as it goes. */
export default function TrafficScreen() {
  const filters = useMemo(() => readFilters(query.value), [query.value]);
  const search = filterText(filters);
  const selected = query.value.get('request');
  const traffic = useTraffic(search);
  const [paused, setPaused] = useState(false);
  const [atTop, setAtTop] = useState(true);
  const [focusPanel, setFocusPanel] = useState(false);
  const grid = useRef<HTMLDivElement>(null);
  const { list, hold } = traffic;

  useEffect(() => hold(paused || !atTop), [paused, atTop, hold]);

  const toTop = () => {
    setPaused(false);
    const box = grid.current?.querySelector('.traffic-grid');
    if (box) box.scrollTop = 0;
    setAtTop(true);
  };
  const select = (id: string | null, focus = false) => {
    setFocusPanel(focus);
    setQuery({ request: id });
    if (id === null) grid.current?.querySelector<HTMLElement>('.traffic-grid')?.focus();
  };

  return (
    <div class={selected === null ? 'traffic' : 'traffic traffic-with-panel'}>
      <div class="traffic-top">
        <PageHead title="Traffic" note={<TailNote traffic={traffic} paused={paused} />}>
          <Button aria-pressed={paused} onClick={() => setPaused(!paused)}>
            <Icon name={paused ? 'play' : 'pause'} />
            {paused ? 'Go on' : 'Pause'}
          </Button>
        </PageHead>
        <WorkersNote words={missingWords(traffic.workers, Date.now() - recentMs)} />
        <FilterBar filters={filters} rows={list.rows} />
      </div>
      <div class="traffic-body">
        <div class="traffic-main" ref={grid}>
          {list.waitingCount > 0 ? (
            <button type="button" class="traffic-new" onClick={toTop}>
              <Icon name="up" />
              {count(list.waitingCount)} new
            </button>
          ) : null}
          {list.rows.length > 0 ? (
            <TrafficGrid
              rows={list.rows}
              selected={selected}
              onSelect={(id) => select(id)}
              onOpen={(id) => select(id, true)}
              onTop={setAtTop}
              onEnd={traffic.loadOlder}
              onPause={() => setPaused(!paused)}
            />
          ) : (
            <NoRows traffic={traffic} filtered={search !== ''} />
          )}
        </div>
        {selected === null ? null : (
          <RequestPanel key={selected} id={selected} focus={focusPanel} onClose={() => select(null)} />
        )}
      </div>
    </div>
  );
}

const stateWords: Readonly<Record<TailState, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'connection lost, trying again',
};

function TailNote({ traffic, paused }: { readonly traffic: Traffic; readonly paused: boolean }) {
  const { state, skipped, list } = traffic;
  return (
    <span role="status">
      <span class={`tail-dot tail-${paused ? 'paused' : state}`} />
      {paused ? 'paused' : stateWords[state]} · <span class="number">{count(list.rows.length)}</span> shown
      {skipped > 0 ? `, ${count(skipped)} left out: more came than can be read` : ''}
    </span>
  );
}

function NoRows({ traffic, filtered }: { readonly traffic: Traffic; readonly filtered: boolean }) {
  if (traffic.problem !== null) {
    return <Failure title="The requests did not come" message={traffic.problem} onRetry={traffic.retry} />;
  }
  if (!traffic.loaded) {
    return (
      <div class="page">
        <Loading label="traffic" />
      </div>
    );
  }
  return filtered ? (
    <Notice title="No request fits" icon="filter">
      <p>None of the recent requests fits these filters; new ones appear here as they come.</p>
    </Notice>
  ) : (
    <Notice title="No requests yet" icon="switch">
      <p>Send one to this gateway, with curl or from the playground, and it appears here at once.</p>
    </Notice>
  );
}
