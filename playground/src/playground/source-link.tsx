import { files, showPlace } from './state.ts';

/** A rule's place, as a way to it. */
export function SourceLink({
  at,
  children,
}: {
  readonly at: string;
  readonly children?: preact.ComponentChildren;
}) {
  const known = files.value.some(({ name }) => name === at.slice(0, at.lastIndexOf(':')));
  if (!known) return <span class="mono">{children ?? at}</span>;
  return (
    <button type="button" class="source-link" title={`Show ${at}`} onClick={() => showPlace(at)}>
      {children ?? at}
    </button>
  );
}
