import { useState } from 'preact/hooks';
import { ApiError, messageOf } from '../api/client.ts';
import { signInOpen } from '../api/session.ts';
import { signIn } from '../api/session-requests.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';

export function SignInDialog() {
  const [key, setKey] = useState('');
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const close = () => {
    signInOpen.value = false;
    // The key is not left lying in the page's memory.
    setKey('');
    setError(null);
  };

  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    if (key.trim() === '') {
      setError('Enter the master key.');
      return;
    }
    setBusy(true);
    setError(null);
    try {
      await signIn(key.trim());
      close();
    } catch (failure) {
      setError(wordsOf(failure));
    } finally {
      setBusy(false);
    }
  };

  return (
    <Dialog
      open={signInOpen.value}
      onOpenChange={(open) => (open ? undefined : close())}
      title="Sign in"
      description="With the gateway's master key. It is sent to this gateway once and kept nowhere; the browser gets a cookie that scripts cannot read."
    >
      <form class="stack" onSubmit={submit}>
        <Field label="Master key" error={error}>
          {(ids) => (
            <input
              {...ids}
              class="input mono"
              type="password"
              name="master_key"
              autoComplete="current-password"
              spellcheck={false}
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <DialogActions>
          <Button type="button" onClick={close}>
            Cancel
          </Button>
          <Button kind="primary" type="submit" busy={busy}>
            Sign in
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}

function wordsOf(error: unknown): string {
  if (!(error instanceof ApiError)) return messageOf(error);
  if (error.status === 401) return 'This is not the master key of this gateway.';
  if (error.status === 429) {
    return `Too many wrong tries. Wait ${error.retryAfterS === null ? 'a minute' : `${error.retryAfterS} s`} and try again.`;
  }
  return error.message;
}
