import type { Trace } from '../../../sdk/trace.ts';
import { messageOf, requestJson } from '../api/client.ts';
import { query, setQuery } from '../app/router.ts';
import { toast } from '../ui/toasts.tsx';
import { loadPolicies, openLive } from './live.ts';
import { givenOfTrace } from './request-sources.tsx';
import { active, files, setGiven, stateNow, takeState } from './state.ts';

/** Takes over what the console sent the person here with: a file of the live folder, or a recorded request. */
export async function takeArrival(): Promise<void> {
  const file = query.peek().get('file');
  const request = query.peek().get('request');
  if (file === null && request === null) return;
  // Once: a reload shows what became of it, not the beginning again.
  setQuery({ file: null, request: null });
  try {
    if (file !== null) {
      const before = stateNow();
      openLive(await loadPolicies());
      if (files.peek().some(({ name }) => name === file)) active.value = file;
      const action = { label: 'Back to my draft', run: () => takeState(before) };
      toast({ kind: 'ok', text: 'The live folder is open.', action });
    }
    if (request !== null) {
      const trace = await requestJson<Trace>(`/v1/decisions/${encodeURIComponent(request)}`);
      setGiven(givenOfTrace(trace));
    }
  } catch (error) {
    toast({ kind: 'bad', text: messageOf(error) });
  }
}
