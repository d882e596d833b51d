import { effect } from '@preact/signals';
import { fromText, maxStateBytes, type SharedState } from './share.ts';
import { files, givenRead, liveBase, ofSample, paused, stateNow, takeState } from './state.ts';

const name = 'sluice.draft';
/** Writing rests so long before it is kept. */
const restMs = 800;

/** Beside the draft: what it began with. Without it a draft that is days old would be put over newer policies. */
interface Kept extends SharedState {
  readonly base: { readonly version: string; readonly files: SharedState['files'] } | null;
  readonly ofSample: boolean;
}

/** Takes over the draft that this browser kept, where there is one that can be read. */
export function takeKept(): void {
  try {
    const text = localStorage.getItem(name);
    if (text === null) return;
    const state = fromText(text);
    const { base = null, ofSample: sampled } = JSON.parse(text) as Partial<Kept>;
    takeState(state);
    liveBase.value = base;
    ofSample.value = sampled === true;
  } catch {
    // What cannot be read is as good as absent.
  }
}

/** Keeps the draft in this browser, so that a reload loses nothing. What a link brought only once it was run. */
export function keepDraft(): () => void {
  let timer = 0;
  let first = true;
  const stop = effect(() => {
    const watched = [paused.value, files.value, givenRead.value.given, liveBase.value, ofSample.value];
    clearTimeout(timer);
    if (first || watched[0] === true) {
      first = false;
      return;
    }
    timer = window.setTimeout(() => {
      const kept: Kept = { ...stateNow(), base: liveBase.peek(), ofSample: ofSample.peek() };
      const text = JSON.stringify(kept);
      try {
        if (text.length < 2 * maxStateBytes) localStorage.setItem(name, text);
      } catch {
        // Storage may be full or forbidden: then the draft lives as long as the page.
      }
    }, restMs);
  });
  return () => {
    stop();
    clearTimeout(timer);
  };
}
