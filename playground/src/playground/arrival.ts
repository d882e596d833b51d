import type { Trace } from '../../../sdk/trace.ts';
import { messageOf, requestJson } from '../api/client.ts';
import { query, setQuery } from '../app/router.ts';
import { toast } from '../ui/toasts.tsx';
import { loadPolicies, openInstead } from './live.ts';
import { givenOfTrace } from './recorded-given.ts';
import { active, files, setGiven } from './state.ts';

/**
 * Takes over what the console sent the person here with: a file of the live folder, or a recorded request.
 *
 * @returns whether the live folder was opened.
 */
export async function takeArrival(): Promise<boolean> {
  const file = query.peek().get('file');
  const request = query.peek().get('request');
  if (file === null && request === null) return false;
  // Once: a reload shows what became of it, not the beginning again.
  setQuery({ file: null, request: null });
  try {
    if (file !== null) {
      openInstead(await loadPolicies());
      if (files.peek().some(({ name }) => name === file)) active.value = file;
    }
    if (request !== null) {
      const trace = await requestJson<Trace>(`/v1/decisions/${encodeURIComponent(request)}`);
      setGiven(givenOfTrace(trace));
    }
  } catch (error) {
    toast({ kind: 'bad', text: messageOf(error) });
  }
  return file !== null;
}
