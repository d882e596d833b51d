import type { Loaded } from '../engine/messages.ts';
import { Badge } from '../ui/status-mark.tsx';
import { Editor } from './editor.tsx';
import { SourceLink } from './source-link.tsx';

/** What the files compile to: plain data, which the gateway interprets. */
export function PlanTab({ loaded }: { readonly loaded: Loaded }) {
  const { policies, plugins, problems, version } = loaded;
  return (
    <div class="plan">
      <p class="muted small">
        Version <span class="mono">{version}</span>. Policies run in the order of their files, rules from the
        top.
      </p>
      <ul class="plan-list">
        {policies.map((policy) => (
          <li key={`${policy.file}/${policy.id}`} class="row small">
            <SourceLink at={`${policy.file}:${policy.line}`}>{policy.id}</SourceLink>
            <Badge tone="plain">{policy.kind}</Badge>
            {policy.mode === 'enforce' ? null : <Badge tone="warn">{policy.mode}</Badge>}
            <Badge tone={policy.kind === 'guard' && policy.onError === 'skip' ? 'bad' : 'plain'}>
              on error {policy.onError}
            </Badge>
            <span class="muted">{[...new Set(policy.rules.map(({ hook }) => hook))].join(', ')}</span>
          </li>
        ))}
        {plugins.map(({ file, plugin, runs }) => (
          <li key={file} class="row small">
            <SourceLink at={`${file}:1`}>{plugin}</SourceLink>
            <Badge tone={runs ? 'ok' : 'plain'}>
              {runs ? 'runs in the page' : 'runs in the gateway only'}
            </Badge>
          </li>
        ))}
      </ul>
      {problems.length === 0 ? (
        <p class="small ok-text">Nothing is wrong with it.</p>
      ) : (
        <ul class="gaps">
          {problems.map((problem) => (
            <li key={`${problem.file}:${problem.line}:${problem.message}`} class="small">
              <SourceLink at={`${problem.file}:${problem.line}`} /> {problem.message}
            </li>
          ))}
        </ul>
      )}
      <div class="plan-json">
        <Editor name="plan.json" label="Compiled plan, read only" text={JSON.stringify(policies, null, 2)} />
      </div>
    </div>
  );
}
