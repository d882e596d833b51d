import { useState } from 'preact/hooks';
import { messageOf, requestJson } from '../../api/client.ts';
import type { KeyInfo } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { toast } from '../../ui/toasts.tsx';
import { nameOf } from './names.ts';

interface DeleteDialogProps {
  readonly old: KeyInfo;
  readonly onClose: () => void;
  readonly onDone: () => void;
}

export function DeleteDialog({ old, onClose, onDone }: DeleteDialogProps) {
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const remove = async () => {
    setBusy(true);
    setError(null);
    try {
      await requestJson('/key/delete', { method: 'POST', body: { key: old.token } });
      toast({ kind: 'ok', text: `${nameOf(old)} is deleted.` });
      onDone();
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Delete ${nameOf(old)}?`}
      description="Whoever uses it is refused at once, and it cannot be brought back. To stop it for a while, block it. What it spent stays in the reports."
    >
      {error === null ? null : (
        <p class="field-error" role="alert">
          {error}
        </p>
      )}
      <DialogActions>
        <Button onClick={onClose}>Cancel</Button>
        <Button kind="bad" busy={busy} onClick={() => void remove()}>
          Delete key
        </Button>
      </DialogActions>
    </Dialog>
  );
}
