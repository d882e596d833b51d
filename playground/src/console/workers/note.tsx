import { Icon } from '../../ui/icon.tsx';
import '../../ui/states.css';

/** What is not in the figures or rows below, and why; nothing where all is there. */
export function WorkersNote({ words }: { readonly words: readonly string[] }) {
  if (words.length === 0) return null;
  return (
    <div class="stale" role="status">
      <Icon name="warn" />
      <span>{words.join(' ')}</span>
    </div>
  );
}
