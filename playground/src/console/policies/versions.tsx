import type { PolicyVersion } from '../../api/types.ts';
import { dayAndTime, fromNow } from '../../data/format.ts';
import { Button } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Badge } from '../../ui/status-mark.tsx';

interface VersionsProps {
  readonly versions: readonly PolicyVersion[];
  readonly nowMs: number;
  readonly onGoBack: (version: string) => void;
}

/** The versions that were active, the newest first; one click goes back, one click undoes it. */
export function Versions({ versions, nowMs, onGoBack }: VersionsProps) {
  return (
    <section class="card" aria-labelledby="versions">
      <div class="list-head">
        <h2 id="versions">Versions</h2>
        <p class="muted small">requests under way stay with the version they began with</p>
      </div>
      <ol class="versions">
        {versions.map(({ version, activated_at: at, active, files }) => (
          <li key={version}>
            <code title={version}>{version.slice(0, 12)}</code>
            <span class="versions-when">
              {dayAndTime(at)}{' '}
              <span class="muted small">
                {fromNow(at, nowMs)}, {files} {files === 1 ? 'file' : 'files'}
              </span>
            </span>
            {active ? (
              <Badge tone="ok">decides now</Badge>
            ) : (
              <Button
                aria-label={`Go back to version ${version.slice(0, 12)}`}
                onClick={() => onGoBack(version)}
              >
                <Icon name="undo" />
                Go back
              </Button>
            )}
          </li>
        ))}
      </ol>
    </section>
  );
}
