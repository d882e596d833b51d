import type { Problem } from '../../api/types.ts';
import { Icon } from '../../ui/icon.tsx';

/** What is wrong with the folder, or with its last change. */
export function Problems({ problems }: { readonly problems: readonly Problem[] }) {
  if (problems.length === 0) return null;
  return (
    <section class="card problems" aria-label="Problems">
      <h2>{problems.length === 1 ? '1 problem' : `${problems.length} problems`} of the folder</h2>
      <ul>
        {problems.map(({ file, line, column, severity, message }, index) => (
          <li key={index}>
            <span class={severity === 'warning' ? 'tone-warn' : 'tone-bad'}>
              <Icon name={severity === 'warning' ? 'warn' : 'cross'} />
              <span class="visually-hidden">{severity === 'warning' ? 'Warning' : 'Error'}</span>
            </span>
            <span>
              <span class="mono">
                {[file, line, column].filter((part) => part !== null && part !== undefined).join(':')}
              </span>{' '}
              {message}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
