import { useEffect, useState } from 'preact/hooks';
import { Button } from './button.tsx';
import { Icon } from './icon.tsx';
import { toast } from './toasts.tsx';

interface CopyButtonProps {
  readonly text: string;
  /** Its name; shown too where `words` is set. */
  readonly label: string;
  readonly words?: boolean;
}

export function CopyButton({ text, label, words = false }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  useEffect(() => {
    if (!done) return;
    const timer = setTimeout(() => setDone(false), 2000);
    return () => clearTimeout(timer);
  }, [done]);
  const copy = () => {
    // Without TLS a browser has no clipboard for a page that is not on this machine.
    const writing = navigator.clipboard?.writeText(text) ?? Promise.reject(new Error('no clipboard'));
    writing.then(
      () => setDone(true),
      () =>
        toast({ kind: 'bad', text: 'The browser did not let this page copy. Select the text and copy it.' }),
    );
  };
  return (
    <Button kind={words ? 'plain' : 'quiet'} icon={!words} aria-label={label} title={label} onClick={copy}>
      <Icon name={done ? 'check' : 'copy'} />
      {words ? (done ? 'Copied' : label) : null}
      <span class="visually-hidden" role="status">
        {done ? 'Copied' : ''}
      </span>
    </Button>
  );
}
