import type { ComponentChildren } from 'preact';
import './page-head.css';

interface PageHeadProps {
  readonly title: string;
  readonly note?: ComponentChildren;
  readonly children?: ComponentChildren;
}

/** A screen's title, a word beside it, and its controls. */
export function PageHead({ title, note, children }: PageHeadProps) {
  return (
    <div class="page-head">
      <div class="page-head-title">
        <h1>{title}</h1>
        {note === undefined ? null : <div class="muted small">{note}</div>}
      </div>
      <div class="row">{children}</div>
    </div>
  );
}
