import { useState } from 'preact/hooks';
import { requestJson } from '../../api/client.ts';
import type { KeyInfo, KeyPage, NewKey } from '../../api/types.ts';
import { query, setQuery } from '../../app/router.ts';
import { count } from '../../data/format.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { PageHead } from '../../ui/page-head.tsx';
import { Failure, Loading, Notice, Stale } from '../../ui/states.tsx';
import { DeleteDialog } from './delete-dialog.tsx';
import { KeyForm } from './key-form.tsx';
import { KeyTable } from './key-table.tsx';
import type { KeyTask } from './key-task.ts';
import { NewKeyDialog } from './new-key-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import './keys.css';

const pageSize = 100;

/** Virtual keys: who may call, and what it may cost. */
export default function KeysScreen() {
  const page = Math.max(1, Math.floor(Number(query.value.get('page') ?? 1)) || 1);
  const { data, problem, atMs, reload } = useResource(`page ${page}`, (signal) =>
    requestJson<KeyPage>(`/key/list?page=${page}&size=${pageSize}&return_full_object=true`, { signal }),
  );
  const [task, setTask] = useState<KeyTask | null>(null);
  const [made, setMade] = useState<NewKey | null>(null);
  const [search, setSearch] = useState('');

  const close = () => setTask(null);
  const done = (key?: NewKey) => {
    setTask(null);
    if (key !== undefined) setMade(key);
    reload();
  };
  const fitting = (data?.keys ?? []).filter((key) => fits(key, search.trim().toLowerCase()));

  return (
    <div class="page">
      <PageHead
        title="Keys"
        note={
          data === null ? undefined : `${count(data.total_count)} ${data.total_count === 1 ? 'key' : 'keys'}`
        }
      >
        <input
          class="input keys-search"
          type="search"
          aria-label="Search keys"
          placeholder="Name, tenant or model"
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
        <Button kind="primary" onClick={() => setTask({ what: 'create' })}>
          <Icon name="plus" />
          Create key
        </Button>
      </PageHead>
      {data === null ? (
        problem === null ? (
          <Loading label="keys" />
        ) : (
          <Failure title="The keys did not come" message={problem} onRetry={reload} />
        )
      ) : (
        <>
          {problem === null ? null : <Stale message={problem} onRetry={reload} />}
          {data.total_count === 0 ? (
            <Notice title="No keys yet" icon="key">
              <p>An application gets a key of its own, with its models, limits and budget.</p>
              <Button kind="primary" onClick={() => setTask({ what: 'create' })}>
                Create the first key
              </Button>
            </Notice>
          ) : fitting.length === 0 ? (
            <Notice title="No key fits" icon="search">
              <p>
                No key {data.total_pages > 1 ? 'of this page ' : ''}has this in its name, tenant or models.
              </p>
            </Notice>
          ) : (
            <KeyTable keys={fitting} nowMs={atMs} onTask={setTask} onChanged={reload} />
          )}
          <Pages page={page} pages={data.total_pages} />
        </>
      )}
      {task?.what === 'create' ? <KeyForm onClose={close} onDone={done} /> : null}
      {task?.what === 'edit' ? <KeyForm old={task.key} onClose={close} onDone={done} /> : null}
      {task?.what === 'rotate' ? <RotateDialog old={task.key} onClose={close} onDone={done} /> : null}
      {task?.what === 'delete' ? <DeleteDialog old={task.key} onClose={close} onDone={done} /> : null}
      {made === null ? null : <NewKeyDialog made={made} onClose={() => setMade(null)} />}
    </div>
  );
}

function fits(
  { key_alias: alias, key_name: name, tenant_id: tenant, models }: KeyInfo,
  search: string,
): boolean {
  return (
    search === '' ||
    [alias ?? '', name, tenant ?? '', ...models].some((text) => text.toLowerCase().includes(search))
  );
}

function Pages({ page, pages }: { readonly page: number; readonly pages: number }) {
  if (pages <= 1) return null;
  const go = (to: number) => setQuery({ page: String(to) }, {});
  return (
    <nav class="row" aria-label="Pages">
      <Button disabled={page <= 1} onClick={() => go(page - 1)}>
        Before
      </Button>
      <span class="number">
        page {page} of {pages}
      </span>
      <Button disabled={page >= pages} onClick={() => go(page + 1)}>
        Next
      </Button>
    </nav>
  );
}
