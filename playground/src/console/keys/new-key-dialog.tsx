import type { NewKey } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { nameOf } from './names.ts';

interface NewKeyDialogProps {
  readonly made: NewKey;
  readonly onClose: () => void;
}

/** The one time that the key is seen: it goes away only by its own button. */
export function NewKeyDialog({ made, onClose }: NewKeyDialogProps) {
  return (
    <Dialog
      open
      easyToLeave={false}
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`The key of ${nameOf(made)}`}
      description="Copy it now. The gateway keeps only a hash of it and cannot show it again."
    >
      <div class="stack">
        <output class="new-key mono" aria-label="Key">
          {made.key}
        </output>
        <DialogActions>
          <CopyButton text={made.key} label="Copy key" words />
          <Button kind="primary" onClick={onClose}>
            I have stored it
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
