import { effect } from '@preact/signals';
import { fromText, maxStateBytes, type SharedState } from './share.ts';
import { files, givenRead, paused, stateNow } from './state.ts';

const name = 'sluice.draft';
/** Writing rests so long before it is kept. */
const restMs = 800;

/** The draft that this browser kept; null where there is none that can be read. */
export function keptDraft(): SharedState | null {
  try {
    const text = localStorage.getItem(name);
    return text === null ? null : fromText(text);
  } catch {
    return null;
  }
}

/** Keeps the draft in this browser, so that a reload loses nothing. What a link brought only once it was run. */
export function keepDraft(): () => void {
  let timer = 0;
  let first = true;
  const stop = effect(() => {
    const watched = [files.value, givenRead.value.given, paused.value];
    clearTimeout(timer);
    if (first || watched[2] === true) {
      first = false;
      return;
    }
    timer = window.setTimeout(() => {
      const text = JSON.stringify(stateNow());
      try {
        if (text.length < maxStateBytes) localStorage.setItem(name, text);
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
