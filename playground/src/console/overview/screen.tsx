import { requestJson } from '../../api/client.ts';
import type { Overview } from '../../api/types.ts';
import { query, setQuery } from '../../app/router.ts';
import { clockTime } from '../../data/format.ts';
import { useResource } from '../../data/resource.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Segments } from '../../ui/segments.tsx';
import { Failure, Loading, Stale } from '../../ui/states.tsx';
import { WorkersNote } from '../workers/note.tsx';
import { missingWords } from '../workers/words.ts';
import { OverviewCharts } from './charts.tsx';
import { Figures } from './figures.tsx';
import { Breakers, ErrorsByProvider, SpendToday } from './lists.tsx';
import './overview.css';

const windows = [
  { value: '15m', label: '15 min', words: 'the last 15 minutes' },
  { value: '1h', label: '1 h', words: 'the last hour' },
  { value: '6h', label: '6 h', words: 'the last 6 hours' },
  { value: '24h', label: '24 h', words: 'the last 24 hours' },
] as const;

type Window = (typeof windows)[number];

const everyMs = 5000;

/** How the gateway is doing, at a glance. */
export default function OverviewScreen() {
  const window: Window = windows.find(({ value }) => value === query.value.get('window')) ?? windows[1];
  const { data, problem, reload } = useResource(
    window.value,
    (signal) => requestJson<Overview>(`/playground/api/overview?window=${window.value}`, { signal }),
    { everyMs },
  );
  return (
    <div class="page">
      <PageHead
        title="Overview"
        note={
          data === null
            ? undefined
            : `${data.in_flight} ${data.in_flight === 1 ? 'request' : 'requests'} under way · as of ${clockTime(data.now)}`
        }
      >
        <Segments
          label="Time window"
          value={window.value}
          choices={windows}
          onChange={(value) => setQuery({ window: value })}
        />
      </PageHead>
      {data === null ? (
        problem === null ? (
          <Loading label="overview" />
        ) : (
          <Failure title="The numbers did not come" message={problem} onRetry={reload} />
        )
      ) : (
        <>
          {problem === null ? null : <Stale message={problem} onRetry={reload} />}
          <WorkersNote words={missingWords(data.workers, Date.parse(data.now) - data.window_s * 1000)} />
          <Figures overview={data} words={window.words} />
          <OverviewCharts overview={data} words={window.words} />
          <div class="overview-lists">
            <SpendToday rows={data.spend_today} />
            <ErrorsByProvider rows={data.errors_by_provider} />
            <Breakers breakers={data.breakers} now={data.now} />
          </div>
        </>
      )}
    </div>
  );
}
