import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { allowed, session, signInOpen } from '../api/session.ts';
import type { Policies } from '../api/types.ts';
import type { DraftFile } from '../engine/messages.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/status-mark.tsx';
import { toast } from '../ui/toasts.tsx';
import { downloadFiles } from './download.ts';
import { loadPolicies, openLive } from './live.ts';
import {
  activate,
  type CheckAnswer,
  checkDraft,
  type ImpactAnswer,
  impactOf,
  rollback,
  whyNot,
} from './ship-api.ts';
import { CheckReport, ImpactReport } from './ship-reports.tsx';
import { files, liveBase, stateNow, takeState } from './state.ts';

/** From a draft to what serves, and back. */
export function ShipTab() {
  if (!allowed.value) {
    return (
      <div class="stack">
        <p class="muted">
          What is written here runs in this page. To check it against live traffic and to put it into use,
          sign in.
        </p>
        <div class="row">
          <Button kind="primary" onClick={() => (signInOpen.value = true)}>
            Sign in
          </Button>
          <Export />
        </div>
      </div>
    );
  }
  return <Shipping />;
}

interface ComparisonProps {
  readonly before: readonly DraftFile[];
  readonly after: readonly DraftFile[];
}

/** Its code is fetched when it is wanted; a deployment may have replaced it meanwhile. */
function Comparison(props: ComparisonProps) {
  const [Loaded, setLoaded] = useState<ComponentType<ComparisonProps> | null>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    import('./folder-diff.tsx').then(
      (module) => setLoaded(() => module.default),
      () => setFailed(true),
    );
  }, []);
  if (failed) return <p class="muted">The comparison could not be loaded. Load the page again.</p>;
  return Loaded === null ? <p class="muted">Loading the comparison …</p> : <Loaded {...props} />;
}

function Export() {
  return (
    <Button onClick={() => downloadFiles(files.peek())}>
      <Icon name="download" /> Export the files
    </Button>
  );
}

function Shipping() {
  const [live, setLive] = useState<Policies | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [round, setRound] = useState(0);
  const [check, setCheck] = useState<CheckAnswer | null>(null);
  const [impact, setImpact] = useState<ImpactAnswer | null>(null);
  const [busy, setBusy] = useState<string | null>(null);
  const [asking, setAsking] = useState<'activate' | { readonly rollback: string } | null>(null);
  const draft = files.value;
  const based = liveBase.value;
  const readOnly = live?.read_only ?? session.value?.read_only ?? false;

  useEffect(() => {
    const abort = new AbortController();
    loadPolicies(abort.signal).then(setLive, (error: unknown) => {
      if (!abort.signal.aborted) setProblem(messageOf(error));
    });
    return () => abort.abort();
  }, [round]);
  // What was said of an older text says nothing of this one.
  useEffect(() => {
    setCheck(null);
    setImpact(null);
  }, [draft]);

  const work = async (name: string, run: () => Promise<void>) => {
    setBusy(name);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(whyNot(error));
    }
    setBusy(null);
  };
  const doActivate = () =>
    work('activate', async () => {
      const { version } = await activate(draft, based?.version ?? live?.version ?? '');
      liveBase.value = { version, files: draft };
      toast({ kind: 'ok', text: `Version ${version} serves now.` });
      setRound(round + 1);
    });
  const doRollback = (version: string) =>
    work('rollback', async () => {
      const done = await rollback(version);
      toast({ kind: 'ok', text: `Back to version ${done.version}.` });
      setRound(round + 1);
    });

  return (
    <div class="stack">
      <p class="small">
        {live === null ? (
          <span class="muted">Asking the gateway …</span>
        ) : (
          <>
            Live: version <span class="mono">{live.version}</span>
            {based === null ? (
              <span class="muted">. This draft did not begin with it.</span>
            ) : based.version === live.version ? (
              <span class="muted">. This draft began with it.</span>
            ) : (
              <span class="bad-text"> The live folder has changed since this draft began.</span>
            )}
          </>
        )}
      </p>
      <div class="row">
        <Button disabled={live === null} onClick={() => live !== null && openInstead(live)}>
          Open the live folder
        </Button>
        <Button
          busy={busy === 'check'}
          onClick={() => void work('check', async () => setCheck(await checkDraft(draft)))}
        >
          <Icon name="check" /> Check and test
        </Button>
        <Button
          busy={busy === 'impact'}
          onClick={() => void work('impact', async () => setImpact(await impactOf(draft)))}
        >
          <Icon name="chart" /> Impact on traffic
        </Button>
        <Export />
      </div>
      {problem === null ? null : (
        <p class="panel-problem" role="alert">
          <Icon name="warn" /> {problem}
        </p>
      )}
      {check === null ? null : <CheckReport check={check} />}
      {impact === null ? null : <ImpactReport impact={impact} />}
      {live === null ? null : <Comparison before={[...live.files, ...live.case_files]} after={draft} />}
      <div class="row ship-activate">
        {readOnly ? (
          <p class="muted">
            The folder of this gateway cannot be written from here: export the files and deploy them.
          </p>
        ) : (
          <>
            <Button
              kind="primary"
              busy={busy === 'activate'}
              disabled={check === null || !check.ok}
              onClick={() => setAsking('activate')}
            >
              Put it into use
            </Button>
            {check === null ? <span class="muted small">Check it first.</span> : null}
          </>
        )}
      </div>
      {live === null ? null : (
        <Versions
          live={live}
          readOnly={readOnly}
          onRollback={(version) => setAsking({ rollback: version })}
        />
      )}
      <Dialog
        open={asking !== null}
        onOpenChange={(open) => !open && setAsking(null)}
        title={asking === 'activate' ? 'Put this draft into use?' : 'Go back to this version?'}
        description={
          asking === 'activate'
            ? 'New requests are decided by it at once; those under way keep the version they began with.'
            : `Version ${asking === null ? '' : (asking as { rollback: string }).rollback} serves new requests at once. The files on disk stay as they are.`
        }
      >
        <DialogActions>
          <Button onClick={() => setAsking(null)}>Leave it</Button>
          <Button
            kind="primary"
            onClick={() => {
              void (asking === 'activate' ? doActivate() : asking !== null && doRollback(asking.rollback));
              setAsking(null);
            }}
          >
            {asking === 'activate' ? 'Put it into use' : 'Go back'}
          </Button>
        </DialogActions>
      </Dialog>
    </div>
  );
}

interface VersionsProps {
  readonly live: Policies;
  readonly readOnly: boolean;
  readonly onRollback: (version: string) => void;
}

function Versions({ live, onRollback }: VersionsProps) {
  return (
    <section aria-label="Versions">
      <h3 class="block-title">Versions</h3>
      <ul class="versions">
        {live.versions.map(({ version, activated_at, active, files: count }) => (
          <li key={version} class="row">
            <span class="mono">{version}</span>
            <time class="muted small number" dateTime={activated_at}>
              {activated_at.replace('T', ' ').slice(0, 16)}
            </time>
            <span class="muted small">{count} files</span>
            {active ? (
              <Badge tone="ok">serves</Badge>
            ) : (
              <Button onClick={() => onRollback(version)}>Go back to it</Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What was in the page can be had back. */
function openInstead(live: Policies): void {
  const before = stateNow();
  const base = liveBase.peek();
  openLive(live);
  const run = () => {
    takeState(before);
    liveBase.value = base;
  };
  toast({ kind: 'ok', text: `Version ${live.version} is open.`, action: { label: 'Back to my draft', run } });
}
