import './bar.css';

interface BarProps {
  /** 0 to 1. */
  readonly share: number;
  /** What comes on top of it, hatched; 0 to 1. */
  readonly more?: number;
  /** A mark on the bar's scale, 0 to 1. */
  readonly mark?: number | null;
  readonly tone?: 'plain' | 'warn' | 'bad';
}

/** A share as a length. What it says is beside it in words, so it is hidden from screen readers. */
export function Bar({ share, more = 0, mark = null, tone = 'plain' }: BarProps) {
  const width = clamp(share);
  return (
    <span class={`bar bar-${tone}`} aria-hidden="true">
      <span class="bar-fill" style={{ width: `${width * 100}%` }} />
      {more > 0 ? (
        <span
          class="bar-more"
          style={{ left: `${width * 100}%`, width: `${clamp(Math.min(more, 1 - width)) * 100}%` }}
        />
      ) : null}
      {mark === null ? null : <span class="bar-mark" style={{ left: `${clamp(mark) * 100}%` }} />}
    </span>
  );
}

function clamp(share: number): number {
  return Math.min(1, Math.max(0, share));
}
