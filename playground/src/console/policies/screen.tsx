import { messageOf, requestJson } from '../../api/client.ts';
import type { Policies } from '../../api/types.ts';
import { hrefOf } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Icon } from '../../ui/icon.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Failure, Loading, Stale } from '../../ui/states.tsx';
import { Badge } from '../../ui/status-mark.tsx';
import { toast } from '../../ui/toasts.tsx';
import { WorkersNote } from '../workers/note.tsx';
import { missingWords, versionWords } from '../workers/words.ts';
import { Problems } from './problems.tsx';
import { ProgramTable } from './program-table.tsx';
import { Versions } from './versions.tsx';
import './policies.css';

const everyMs = 15_000;

/** The program: its files in the order in which requests pass them, and the versions that can be gone back to. */
export default function PoliciesScreen() {
  const { data, problem, atMs, reload } = useResource(
    'policies',
    (signal) => requestJson<Policies>('/playground/api/policies', { signal }),
    { everyMs },
  );
  const goBack = async (version: string, from: string | null) => {
    try {
      const answer = await requestJson<{ version: string }>('/playground/api/policies/rollback', {
        method: 'POST',
        body: { version },
      });
      toast({
        kind: 'ok',
        text: `Version ${answer.version.slice(0, 12)} decides now.`,
        ...(from === null ? undefined : { action: { label: 'Undo', run: () => void goBack(from, null) } }),
      });
    } catch (error) {
      toast({ kind: 'bad', text: messageOf(error) });
    }
    reload();
  };
  return (
    <div class="page">
      <PageHead
        title="Policies"
        note={
          data === null ? undefined : (
            <>
              version <code>{data.version.slice(0, 12)}</code>
            </>
          )
        }
      >
        {data?.read_only === true ? (
          <Badge tone="plain" icon="info">
            read only: changes come by deployment
          </Badge>
        ) : null}
        <a class="button" href={hrefOf('')}>
          <Icon name="play" />
          Open in playground
        </a>
      </PageHead>
      {data === null ? (
        problem === null ? (
          <Loading label="policies" />
        ) : (
          <Failure title="The policies did not come" message={problem} onRetry={reload} />
        )
      ) : (
        <>
          {problem === null ? null : <Stale message={problem} onRetry={reload} />}
          <WorkersNote
            words={[
              ...versionWords(data.workers, data.version),
              // What a worker saw before is not on this page: only who does not answer now is missing.
              ...missingWords(data.workers, Number.POSITIVE_INFINITY),
            ]}
          />
          <Problems problems={data.problems} />
          <ProgramTable rows={data.table} />
          <Versions
            versions={data.versions}
            nowMs={atMs}
            onGoBack={(version) => void goBack(version, data.version)}
          />
        </>
      )}
    </div>
  );
}
