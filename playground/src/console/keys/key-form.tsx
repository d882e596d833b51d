import { useState } from 'preact/hooks';
import { ApiError, messageOf, requestJson } from '../../api/client.ts';
import type { KeyInfo, NewKey } from '../../api/types.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog, DialogActions } from '../../ui/dialog.tsx';
import { Field } from '../../ui/field.tsx';
import { type FieldName, fieldsOf, type KeyTexts, problemsOf, textsOf } from './key-fields.ts';
import { nameOf } from './names.ts';

interface KeyFormProps {
  /** The key to change; a new one is made where there is none. */
  readonly old?: KeyInfo;
  readonly onClose: () => void;
  readonly onDone: (made?: NewKey) => void;
}

interface Line {
  readonly name: FieldName;
  readonly label: string;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly only?: 'create';
}

const lines: readonly Line[] = [
  { name: 'key_alias', label: 'Name', hint: 'no other key has it', placeholder: 'support-bot' },
  { name: 'tenant_id', label: 'Tenant', hint: 'empty: the key speaks for any' },
  {
    name: 'models',
    label: 'Models',
    hint: 'with commas; * for any characters; empty: all',
    placeholder: 'support-*, cheap',
  },
  { name: 'max_budget', label: 'Budget in dollars', hint: 'empty: none', placeholder: '20' },
  {
    name: 'budget_duration',
    label: 'Budget is for',
    hint: 'such as 1d, 1w, 1mo, 30d; empty: for ever',
    placeholder: '1mo',
  },
  { name: 'soft_budget', label: 'Warn at dollars', hint: 'stops nothing' },
  { name: 'rpm_limit', label: 'Requests a minute' },
  { name: 'tpm_limit', label: 'Tokens a minute' },
  { name: 'daily_token_cap', label: 'Tokens a day' },
  { name: 'max_parallel_requests', label: 'Requests at the same time' },
  {
    name: 'duration',
    label: 'Works for',
    hint: 'such as 24h, 30d; empty: until it is deleted',
    only: 'create',
  },
];

/** Makes a key, or changes what one may do. */
export function KeyForm({ old, onClose, onDone }: KeyFormProps) {
  const [texts, setTexts] = useState<KeyTexts>(() => textsOf(old));
  const [problems, setProblems] = useState<Partial<Record<FieldName, string>>>({});
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  const submit = async (event: Event) => {
    event.preventDefault();
    const found = problemsOf(texts);
    setProblems(found);
    const first = Object.keys(found)[0];
    if (first !== undefined) {
      (event.currentTarget as HTMLFormElement).querySelector<HTMLInputElement>(`[name="${first}"]`)?.focus();
      return;
    }
    setBusy(true);
    setError(null);
    try {
      if (old === undefined) {
        onDone(await requestJson<NewKey>('/key/generate', { method: 'POST', body: fieldsOf(texts) }));
      } else {
        await requestJson('/key/update', {
          method: 'POST',
          body: { key: old.token, ...fieldsOf(texts, old) },
        });
        onDone();
      }
    } catch (failure) {
      const param =
        failure instanceof ApiError ? lines.find(({ name }) => name === failure.param)?.name : undefined;
      if (param === undefined) setError(messageOf(failure));
      else setProblems({ [param]: messageOf(failure) });
      setBusy(false);
    }
  };

  return (
    <Dialog
      open
      wide
      onOpenChange={(open) => (open ? undefined : onClose())}
      title={old === undefined ? 'Create a key' : `Change ${nameOf(old)}`}
      description={
        old === undefined
          ? 'All of it can stay empty and be changed later; a name helps to find it again.'
          : 'Takes effect at once.'
      }
    >
      <form class="stack" onSubmit={submit} noValidate>
        <div class="key-fields">
          {lines
            .filter(({ only }) => only === undefined || old === undefined)
            .map(({ name, label, hint, placeholder }) => (
              <Field
                key={name}
                label={label}
                error={problems[name] ?? null}
                {...(hint === undefined ? undefined : { hint })}
              >
                {(ids) => (
                  <input
                    {...ids}
                    class="input"
                    name={name}
                    value={texts[name]}
                    placeholder={placeholder}
                    autoComplete="off"
                    spellcheck={false}
                    onInput={(event) => setTexts({ ...texts, [name]: event.currentTarget.value })}
                  />
                )}
              </Field>
            ))}
        </div>
        {error === null ? null : (
          <p class="field-error" role="alert">
            {error}
          </p>
        )}
        <DialogActions>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="primary" type="submit" busy={busy}>
            {old === undefined ? 'Create key' : 'Save'}
          </Button>
        </DialogActions>
      </form>
    </Dialog>
  );
}
