import type { UpstreamReply } from '../../../core/policy-test/case.ts';
import { Field, type FieldIds } from '../ui/field.tsx';
import { givenAt, setAt, textAt } from './given-edit.ts';
import { targetNames } from './names.ts';
import { scriptOf, scriptText } from './script-text.ts';
import { givenRead } from './state.ts';

/** The facts that people change most. Everything else is in the JSON. */
export function RequestForm() {
  const disabled = givenRead.value.given === null;
  return (
    <fieldset class="request-form" disabled={disabled} aria-label="Facts of the request">
      <div class="form-grid">
        <Field label="Model">
          {(ids) => (
            <>
              <input
                {...ids}
                class="input mono"
                list="targets"
                value={textAt(['request', 'model'])}
                placeholder="the first alias"
                spellcheck={false}
                onInput={(event) => setAt(['request', 'model'], event.currentTarget.value)}
              />
              <datalist id="targets">
                {targetNames.value.map((name) => (
                  <option key={name} value={name} />
                ))}
              </datalist>
            </>
          )}
        </Field>
        <Field label="API">
          {(ids) => (
            <select
              {...ids}
              class="input"
              value={textAt(['request', 'api']) || 'chat'}
              onChange={(event) => {
                const { value } = event.currentTarget;
                setAt(['request', 'api'], value === 'chat' ? undefined : value);
              }}
            >
              {['chat', 'messages', 'responses', 'completions', 'embeddings'].map((api) => (
                <option key={api}>{api}</option>
              ))}
            </select>
          )}
        </Field>
      </div>
      <Field label="Last message of the user">
        {(ids) => (
          <textarea
            {...ids}
            class="input"
            rows={3}
            value={textAt(['request', 'lastUser'])}
            onInput={(event) => setAt(['request', 'lastUser'], event.currentTarget.value)}
          />
        )}
      </Field>
      <div class="row">
        <Check label="Stream" path={['request', 'stream']} />
        <Check label="JSON answer" path={['request', 'json']} />
        <label class="check">
          <input
            type="checkbox"
            checked={Array.isArray(givenAt(['request', 'tools']))}
            onChange={(event) =>
              setAt(['request', 'tools'], event.currentTarget.checked ? ['search'] : undefined)
            }
          />
          Tools
        </label>
      </div>
      <div class="form-grid">
        <Text label="Tenant" path={['tenant', 'id']} />
        <Text label="Plan" path={['tenant', 'plan']} placeholder="free, pro" />
        <Text label="Region" path={['tenant', 'region']} placeholder="eu, us" />
        <Text label="Key" path={['key', 'id']} />
        <Text label="User" path={['user']} />
        <Text label="Feature" path={['feature']} />
        <Numeric label="Tokens in" path={['request', 'tokensIn']} placeholder="estimated" />
        <Numeric label="Day budget used" path={['budget', 'day', 'used']} placeholder="0 to 1" />
        <Text label="Clock" path={['now']} placeholder="2026-01-31" />
        <Text label="Seed" path={['seed']} placeholder="of chance in code" />
      </div>
      <Field
        label="Providers answer"
        hint="A line for each attempt: a text, chunks|with|bars, or fail: overloaded"
      >
        {(ids) => <ScriptField ids={ids} />}
      </Field>
    </fieldset>
  );
}

function ScriptField({ ids }: { readonly ids: FieldIds }) {
  const replies = (givenRead.value.given?.upstream ?? []) as readonly UpstreamReply[];
  return (
    <textarea
      {...ids}
      class="input mono"
      rows={Math.min(6, Math.max(2, replies.length + 1))}
      defaultValue={scriptText(replies)}
      key={document.activeElement?.id === ids.id ? 'typing' : JSON.stringify(replies)}
      spellcheck={false}
      placeholder="ok"
      onInput={(event) => {
        const made = scriptOf(event.currentTarget.value);
        setAt(['upstream'], made.length === 0 ? undefined : (made as never));
      }}
    />
  );
}

interface FactProps {
  readonly label: string;
  readonly path: readonly string[];
  readonly placeholder?: string;
}

function Text({ label, path, placeholder }: FactProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          class="input"
          value={textAt(path)}
          placeholder={placeholder}
          spellcheck={false}
          autocomplete="off"
          onInput={(event) => setAt(path, event.currentTarget.value)}
        />
      )}
    </Field>
  );
}

function Numeric({ label, path, placeholder }: FactProps) {
  return (
    <Field label={label}>
      {(ids) => (
        <input
          {...ids}
          class="input number"
          inputMode="decimal"
          value={textAt(path)}
          placeholder={placeholder}
          autocomplete="off"
          onChange={(event) => {
            const { value } = event.currentTarget;
            const number = Number(value);
            setAt(path, value.trim() === '' || Number.isNaN(number) ? undefined : number);
          }}
        />
      )}
    </Field>
  );
}

function Check({ label, path }: FactProps) {
  return (
    <label class="check">
      <input
        type="checkbox"
        checked={givenAt(path) === true}
        onChange={(event) => setAt(path, event.currentTarget.checked ? true : undefined)}
      />
      {label}
    </label>
  );
}
