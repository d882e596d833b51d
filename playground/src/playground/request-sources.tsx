import { useEffect, useState } from 'preact/hooks';
import type { Trace } from '../../../sdk/trace.ts';
import { messageOf, requestJson } from '../api/client.ts';
import type { Summary, TrafficPage } from '../api/types.ts';
import { Button } from '../ui/button.tsx';
import { Dialog, DialogActions } from '../ui/dialog.tsx';
import { Field } from '../ui/field.tsx';
import { CurlError, givenOfCurl } from './curl.ts';
import { givenOfTrace } from './recorded-given.ts';
import { setGiven } from './state.ts';

interface SourceProps {
  readonly open: boolean;
  readonly onOpenChange: (open: boolean) => void;
}

/** A request from a command that somebody has. */
export function CurlDialog({ open, onOpenChange }: SourceProps) {
  const [command, setCommand] = useState('');
  const [problem, setProblem] = useState<string | null>(null);
  const take = () => {
    try {
      setGiven(givenOfCurl(command));
      setCommand('');
      setProblem(null);
      onOpenChange(false);
    } catch (error) {
      if (!(error instanceof CurlError)) throw error;
      setProblem(error.message);
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Paste a curl command"
      description="Its address, headers and body become the request. Keys and cookies are left out."
      wide
    >
      <div class="stack">
        <Field label="Command" error={problem}>
          {(ids) => (
            <textarea
              {...ids}
              class="input mono"
              rows={9}
              value={command}
              spellcheck={false}
              placeholder={
                "curl https://gateway/v1/chat/completions -H 'content-type: application/json' -d '{…}'"
              }
              onInput={(event) => setCommand(event.currentTarget.value)}
            />
          )}
        </Field>
        <DialogActions>
          <Button kind="primary" onClick={take}>
            Use it
          </Button>
        </DialogActions>
      </div>
    </Dialog>
  );
}

/** A request that the gateway has decided on. Its text was never kept, so only its facts come back. */
export function RecordedDialog({ open, onOpenChange }: SourceProps) {
  const [rows, setRows] = useState<readonly Summary[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  useEffect(() => {
    if (!open) return;
    const abort = new AbortController();
    setProblem(null);
    requestJson<TrafficPage>('/playground/api/traffic?limit=50', { signal: abort.signal }).then(
      ({ rows: found }) => setRows(found),
      (error: unknown) => {
        if (!abort.signal.aborted) setProblem(messageOf(error));
      },
    );
    return () => abort.abort();
  }, [open]);
  const take = async (id: string) => {
    try {
      setGiven(givenOfTrace(await requestJson<Trace>(`/v1/decisions/${encodeURIComponent(id)}`)));
      onOpenChange(false);
    } catch (error) {
      setProblem(messageOf(error));
    }
  };
  return (
    <Dialog
      open={open}
      onOpenChange={onOpenChange}
      title="Load a recorded request"
      description="Who asked, for what and when. Prompts are not recorded, so the text is yours to write."
      wide
    >
      {problem === null ? null : (
        <p class="panel-problem" role="alert">
          {problem}
        </p>
      )}
      {rows === null ? (
        <p class="muted">Loading …</p>
      ) : rows.length === 0 ? (
        <p class="muted">No request has come yet.</p>
      ) : (
        <ul class="recorded">
          {rows.map((row) => (
            <li key={row.request_id}>
              <button type="button" class="recorded-row" onClick={() => void take(row.request_id)}>
                <span class="mono">{row.alias}</span>
                <span>{row.tenant}</span>
                <span class="number">{row.status}</span>
                <span class="muted ellipsis">{row.denied_by ?? row.outcome}</span>
                <time class="muted number" dateTime={row.at}>
                  {row.at.slice(11, 19)}
                </time>
              </button>
            </li>
          ))}
        </ul>
      )}
    </Dialog>
  );
}
