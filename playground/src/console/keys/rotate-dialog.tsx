import { useState } from 'preact/hooks';
import { messageOf, requestJson } from '../../api/client.ts';
import type { KeyInfo, NewKey } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { nameOf } from './names.ts';

interface RotateDialogProps {
  readonly old: KeyInfo;
  readonly onClose: () => void;
  readonly onDone: (made: NewKey) => void;
}

const graces = [
  ['', 'no time: it stops at once'],
  ['1h', '1 hour'],
  ['24h', '1 day'],
  ['7d', '7 days'],
] as const;

export function RotateDialog({ old, onClose, onDone }: RotateDialogProps) {
  const [grace, setGrace] = useState('24h');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const rotate = async () => {
    setBusy(true);
    setError(null);
    try {
      const body = { key: old.token, ...(grace === '' ? undefined : { grace_period: grace }) };
      onDone(await requestJson<NewKey>('/key/regenerate', { method: 'POST', body }));
    } catch (failure) {
      setError(messageOf(failure));
      setBusy(false);
    }
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={`Rotate ${nameOf(old)}`}
      description="Makes a new secret. Budget, limits, spend and name stay."
    >
      <div class="stack">
        <Field label="The old secret works on for" error={error}>
          {(ids) => (
            <select
              {...ids}
              class="input"
              value={grace}
              onChange={(event) => setGrace(event.currentTarget.value)}
            >
              {graces.map(([value, label]) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" busy={busy} onClick={() => void rotate()}>
            Rotate
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}
