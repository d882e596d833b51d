import { requestJson } from '../../api/client.ts';
import type { Provider, Workers } from '../../api/types.ts';
import { useResource } from '../../data/resource.ts';
import { PageHead } from '../../ui/page-head.tsx';
import { Failure, Loading, Notice, Stale } from '../../ui/states.tsx';
import { WorkersNote } from '../workers/note.tsx';
import { missingWords } from '../workers/words.ts';
import { ProviderCard } from './provider-card.tsx';
import './providers.css';

const everyMs = 5000;
/** Attempts are those of the last hour. */
const countedMs = 3_600_000;

/** Whom the gateway can ask, and how they are. */
export default function ProvidersScreen() {
  const { data, problem, atMs, reload } = useResource(
    'providers',
    (signal) =>
      requestJson<{ readonly providers: readonly Provider[]; readonly workers?: Workers }>(
        '/playground/api/providers',
        { signal },
      ),
    { everyMs },
  );
  return (
    <div class="page">
      <PageHead title="Providers" note="as this gateway saw them in its own requests" />
      {data === null ? (
        problem === null ? (
          <Loading label="providers" />
        ) : (
          <Failure title="The providers did not come" message={problem} onRetry={reload} />
        )
      ) : (
        <>
          {problem === null ? null : <Stale message={problem} onRetry={reload} />}
          <WorkersNote words={missingWords(data.workers, atMs - countedMs)} />
          {data.providers.length === 0 ? (
            <Notice title="No providers" icon="switch">
              <p>gateway.yaml names none. Add one under providers, and it appears here.</p>
            </Notice>
          ) : (
            <div class="providers">
              {data.providers.map((provider) => (
                <ProviderCard key={provider.name} provider={provider} nowMs={atMs} />
              ))}
            </div>
          )}
        </>
      )}
    </div>
  );
}
