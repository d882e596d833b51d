import type { ProgramRow } from '../../api/types.ts';
import { hrefOf } from '../../app/router.ts';
import { Notice } from '../../ui/states.tsx';
import { Badge } from '../../ui/status-mark.tsx';
import '../../ui/table.css';

/** The table of `sluice check`. */
export function ProgramTable({ rows }: { readonly rows: readonly ProgramRow[] }) {
  if (rows.length === 0) {
    return (
      <Notice title="The folder is empty" icon="filter">
        <p>
          Requests pass as they are. Put a plugin or a policy into the folder, or write one in the playground.
        </p>
      </Notice>
    );
  }
  return (
    <section class="card" aria-labelledby="program">
      <div class="list-head">
        <h2 id="program">The program</h2>
        <p class="muted small">
          requests pass these files from the first to the last, answers from the last to the first
        </p>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <section class="table-scroll" tabIndex={0} aria-label="The program, table">
        <table class="table program-table">
          <thead>
            <tr>
              <th scope="col" class="right">
                #
              </th>
              <th scope="col">File</th>
              <th scope="col">What it does</th>
              <th scope="col">Mode</th>
              <th scope="col">Hooks</th>
              <th scope="col">If it fails</th>
              <th scope="col">Streams</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row) => (
              <tr key={`${row.file} ${row.name}`}>
                <td class="right number muted">{row.order}</td>
                <th scope="row">
                  <a class="mono" href={hrefOf('', { file: row.file })}>
                    {row.file}
                  </a>
                </th>
                <td>
                  <strong>{row.name}</strong> <span class="muted">{row.kind}</span>
                  <br />
                  {row.summary}
                </td>
                <td>
                  {row.mode === 'shadow' ? (
                    <Badge tone="warn" icon="half">
                      shadow
                    </Badge>
                  ) : (
                    row.mode
                  )}
                </td>
                <td class="small">{row.hooks.join(', ')}</td>
                <td>
                  {row.on_failure === 'closed'
                    ? 'refuses'
                    : row.on_failure === 'open'
                      ? 'goes on'
                      : row.on_failure}
                </td>
                <td class="small">{row.stream === '-' ? '–' : row.stream}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
    </section>
  );
}
