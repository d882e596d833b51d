import { signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import { messageOf } from '../api/client.ts';
import { allowed, session, signInOpen } from '../api/session.ts';
import type { Policies } from '../api/types.ts';
import type { DraftFile } from '../engine/messages.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Icon } from '../ui/icon.tsx';
import { toast } from '../ui/toasts.tsx';
import { loadPolicies, openInstead, policyFiles } from './live.ts';
import {
  activate,
  type CheckAnswer,
  checkDraft,
  type ImpactAnswer,
  impactOf,
  isConflict,
  rollback,
  whyNot,
} from './ship-api.ts';
import { Comparison, Export, LiveLine, Versions } from './ship-parts.tsx';
import { CheckReport, ImpactReport } from './ship-reports.tsx';
import { files, liveBase } from './state.ts';

interface Said {
  /** Of which text it was said. */
  readonly of: readonly DraftFile[];
  readonly check: CheckAnswer | null;
  readonly impact: ImpactAnswer | null;
}

/** What the gateway said of the draft, for whoever looks at another tab meanwhile. */
const said = signal<Said | null>(null);

/** From a draft to what serves, and back. */
export function ShipTab() {
  if (allowed.value) return <Shipping />;
  return (
    <div class="stack">
      <p class="muted">
        What is written here runs in this page. To check it against live traffic and to put it into use, sign
        in.
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

type Work = 'check' | 'impact' | 'activate' | 'rollback';

function Shipping() {
  const [live, setLive] = useState<Policies | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState<Work | null>(null);
  const [asking, setAsking] = useState(false);
  const versions = useRef<HTMLElement>(null);
  const draft = files.value;
  const base = liveBase.value;
  // What was said of an older text says nothing of this one.
  const { check, impact } = said.value?.of === draft ? said.value : { check: null, impact: null };
  const readOnly = live?.read_only ?? session.value?.read_only ?? false;

  const reload = async (signal?: AbortSignal) => {
    try {
      const now = await loadPolicies(signal);
      setLive(now);
      return now;
    } catch (error) {
      if (signal?.aborted !== true) setProblem(messageOf(error));
      return null;
    }
  };
  useEffect(() => {
    const abort = new AbortController();
    void reload(abort.signal);
    return () => abort.abort();
  }, [base?.version]);
  useEffect(() => setProblem(null), [draft]);

  const work = async (name: Work, run: () => Promise<void>) => {
    setBusy(name);
    setProblem(null);
    try {
      await run();
    } catch (error) {
      setProblem(whyNot(error));
      if (isConflict(error)) await reload();
    }
    setBusy(null);
    // The button that was pressed may be gone by now: whoever has no mouse would begin again at the top.
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) versions.current?.focus({ preventScroll: true });
    });
  };
  const ask = (name: 'check' | 'impact') =>
    work(name, async () => {
      const answer =
        name === 'check' ? { check: await checkDraft(draft) } : { impact: await impactOf(draft) };
      const before = said.peek()?.of === draft ? said.peek()! : { check: null, impact: null };
      said.value = { ...before, of: draft, ...answer };
    });
  const doActivate = () =>
    work('activate', async () => {
      const { version } = await activate(draft, base?.version ?? live?.version ?? '');
      const from = live?.version;
      liveBase.value = { version, files: draft };
      said.value = null;
      const action = from === undefined ? undefined : { label: 'Go back', run: () => void doRollback(from) };
      toast({
        kind: 'ok',
        about: 'version',
        text: `Version ${version} serves now.`,
        ...(action && { action }),
      });
    });
  const doRollback = (version: string, from?: string): Promise<void> =>
    work('rollback', async () => {
      const done = await rollback(version);
      const action = from === undefined ? undefined : { label: 'Undo', run: () => void doRollback(from) };
      toast({
        kind: 'ok',
        about: 'version',
        text: `Version ${done.version} serves again.`,
        ...(action && { action }),
      });
      const now = await reload();
      // The draft stays, as a change of what serves.
      if (now !== null && liveBase.peek() !== null)
        liveBase.value = { version: now.version, files: policyFiles(now) };
    });

  const same = check !== null && check.changes.length === 0 && check.version === live?.version;
  return (
    <div class="stack">
      <LiveLine live={live} />
      <div class="row">
        <Button
          kind={check?.ok === true ? 'plain' : 'primary'}
          busy={busy === 'check'}
          onClick={() => void ask('check')}
        >
          <Icon name="check" /> Check and test
        </Button>
        <Button busy={busy === 'impact'} onClick={() => void ask('impact')}>
          <Icon name="chart" /> Impact on traffic
        </Button>
        <Button disabled={live === null} onClick={() => live !== null && openInstead(live)}>
          Open the live folder
        </Button>
        {readOnly ? null : <Export />}
      </div>
      {problem === null ? null : (
        <p class="panel-problem" role="alert">
          <Icon name="warn" /> {problem}
        </p>
      )}
      {check === null ? null : <CheckReport check={check} />}
      {impact === null ? null : <ImpactReport impact={impact} />}
      {readOnly ? (
        <div class="row ship-activate">
          <Export primary />
          <span class="muted small">
            The folder of this gateway cannot be written from here: export the files and deploy them.
          </span>
        </div>
      ) : (
        <div class="row ship-activate">
          <Button
            kind="primary"
            busy={busy === 'activate'}
            disabled={check === null || !check.ok || same}
            onClick={() => setAsking(true)}
          >
            Put it into use
          </Button>
          <span class="muted small">
            {check === null
              ? 'Check it first.'
              : !check.ok
                ? 'Mend what is wrong first.'
                : same
                  ? 'It is what is live.'
                  : ''}
          </span>
        </div>
      )}
      {live === null ? null : <Comparison before={policyFiles(live)} after={draft} />}
      {live === null ? null : (
        <Versions
          live={live}
          place={versions}
          onRollback={(version) => void doRollback(version, live.version)}
        />
      )}
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title="Put this draft into use?"
        description="New requests are decided by it at once; those under way keep the version they began with."
      >
        <DialogActions>
          <Button onClick={() => setAsking(false)}>Leave it</Button>
          <Button
            kind="primary"
            onClick={() => {
              setAsking(false);
              void doActivate();
            }}
          >
            Put it into use
          </Button>
        </DialogActions>
      </Dialog>
    </div>
  );
}
