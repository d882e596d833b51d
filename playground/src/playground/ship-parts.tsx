import type { ComponentType, Ref } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Policies } from '../api/types.ts';
import type { DraftFile } from '../engine/messages.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/status-mark.tsx';
import { toast } from '../ui/toasts.tsx';
import { downloadFiles } from './download.ts';
import { policyFiles } from './live.ts';
import { rebase } from './rebase.ts';
import { files, liveBase, takeFiles, wayBack } from './state.ts';

/** What is live, and what the draft has to do with it. */
export function LiveLine({ live }: { readonly live: Policies | null }) {
  const base = liveBase.value;
  if (live === null) return <p class="small muted">Asking the gateway …</p>;
  const version = <span class="mono">{live.version}</span>;
  if (base === null)
    return (
      <p class="small">
        Live: version {version}. <span class="muted">This draft did not begin with it.</span>
      </p>
    );
  if (base.version === live.version)
    return (
      <p class="small">
        Live: version {version}. <span class="muted">This draft is made from it.</span>
      </p>
    );
  return (
    <div class="stack">
      <p class="small">
        Live: version {version}.{' '}
        <span class="bad-text">
          It is another one than this draft was made from (<span class="mono">{base.version}</span>).
        </span>
      </p>
      <div class="row">
        <Button onClick={() => bringInto(live)}>Bring my changes into it</Button>
      </div>
    </div>
  );
}

/** Puts what was written on top of the folder as it is now. */
function bringInto(live: Policies): void {
  const run = wayBack();
  const theirs = policyFiles(live);
  const { files: merged, conflicts } = rebase(liveBase.peek()?.files ?? [], files.peek(), theirs);
  takeFiles(merged);
  liveBase.value = { version: live.version, files: theirs };
  const text =
    conflicts.length === 0
      ? `Your changes are on top of version ${live.version}.`
      : `Both changed ${conflicts.join(', ')}: yours is kept. See the comparison before you go on.`;
  toast({ kind: conflicts.length === 0 ? 'ok' : 'bad', text, action: { label: 'Undo', run } });
}

interface ComparisonProps {
  readonly before: readonly DraftFile[];
  readonly after: readonly DraftFile[];
}

/** Its code is fetched when it is wanted; a deployment may have replaced it meanwhile. */
export function Comparison(props: ComparisonProps) {
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

export function Export({ primary = false }: { readonly primary?: boolean }) {
  return (
    <Button {...(primary ? { kind: 'primary' } : undefined)} onClick={() => downloadFiles(files.peek())}>
      <Icon name="download" /> Export the files
    </Button>
  );
}

interface VersionsProps {
  readonly live: Policies;
  readonly onRollback: (version: string) => void;
  /** Takes the focus when the button that had it is gone. */
  readonly place: Ref<HTMLElement>;
}

/** What served before, and one click back to it. */
export function Versions({ live, onRollback, place }: VersionsProps) {
  return (
    <section class="versions-block" aria-label="Versions" ref={place} tabIndex={-1}>
      <h3 class="block-title">Versions</h3>
      <ul class="versions">
        {live.versions.map(({ version, activated_at, active, files: count }) => (
          <li key={version} class="row">
            <span class="mono">{version}</span>
            <time class="muted small number" dateTime={activated_at}>
              {activated_at.replace('T', ' ').slice(0, 16)}
            </time>
            <span class="muted small">{count === 1 ? '1 file' : `${count} files`}</span>
            {active ? (
              <Badge tone="ok">serves</Badge>
            ) : (
              <Button onClick={() => onRollback(version)}>
                Go back<span class="visually-hidden"> to {version}</span>
              </Button>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}
