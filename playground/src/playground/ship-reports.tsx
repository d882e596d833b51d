import { hrefOf } from '../app/router.ts';
import { Badge } from '../ui/status-mark.tsx';
import type { CheckAnswer, ImpactAnswer } from './ship-api.ts';
import { SourceLink } from './source-link.tsx';

/** What the gateway says of the draft. */
export function CheckReport({ check }: { readonly check: CheckAnswer }) {
  const { ok, problems, tests, changes, version } = check;
  const failed = (tests?.results ?? []).filter((one) => !one.ok);
  return (
    <section class="report" aria-label="Check" aria-live="polite">
      <p class="row">
        <Badge tone={ok ? 'ok' : 'bad'}>{ok ? 'ready' : 'not ready'}</Badge>
        <span class="small">
          version <span class="mono">{version}</span>
          {tests === null
            ? ''
            : `, ${tests.passed + tests.failed === 0 ? 'no tests' : tests.passed === 1 ? '1 test passes' : `${tests.passed} tests pass`}${tests.failed > 0 ? `, ${tests.failed} ${tests.failed === 1 ? 'fails' : 'fail'}` : ''}`}
        </span>
      </p>
      {changes.length === 0 ? <p class="small muted">It is what is live.</p> : null}
      <ul class="gaps">
        {changes.map(({ file, kind }) => (
          <li key={file} class="small">
            <span class="muted">{kind}</span> <span class="mono">{file}</span>
          </li>
        ))}
        {problems.map(({ file, line, message }) => (
          <li key={`${file}:${line}:${message}`} class="small">
            <SourceLink at={`${file}:${line ?? 1}`} /> {message}
          </li>
        ))}
        {failed.map(({ file, name, diff }) => (
          <li key={`${file}:${name}`} class="small bad-text">
            {file}: {name} {typeof diff === 'string' ? diff : Array.isArray(diff) ? diff.join('; ') : ''}
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What it would have changed of late. */
export function ImpactReport({ impact }: { readonly impact: ImpactAnswer }) {
  const { compared, changed, unknown, groups } = impact;
  return (
    <section class="report" aria-label="Impact" aria-live="polite">
      <p>
        {compared > 0 ? (
          <>
            <strong>
              {changed} of the last {compared} requests
            </strong>{' '}
            would have been decided differently.
          </>
        ) : unknown > 0 ? (
          <strong>None of the last {unknown} requests can be compared.</strong>
        ) : (
          <strong>No request has come yet.</strong>
        )}
        {unknown > 0 ? (
          <span class="muted">
            {' '}
            {compared > 0 ? `${unknown} more cannot be compared: what` : 'What'} a changed rule looks at, such
            as their text, was not kept.
          </span>
        ) : null}
      </p>
      <ul class="gaps">
        {groups.map(({ what, count, examples }) => (
          <li key={what} class="small">
            <span class="number">{count}</span> {what}{' '}
            {examples.slice(0, 3).map((id) => (
              <a key={id} class="mono" href={hrefOf('traffic', { request: id })}>
                {id.slice(0, 12)}{' '}
              </a>
            ))}
          </li>
        ))}
      </ul>
    </section>
  );
}
