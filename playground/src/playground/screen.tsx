import { useEffect, useState } from 'preact/hooks';
import { allowed } from '../api/session.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { takeArrival } from './arrival.ts';
import { keepDraft, takeKept } from './kept-draft.ts';
import { loadRegistry, openLiveIfUntouched } from './live.ts';
import { PolicyPanel } from './policy-panel.tsx';
import { RequestPanel } from './request-panel.tsx';
import { ResultPanel } from './result-panel.tsx';
import { followDraft, tryNow } from './runner.ts';
import { fromFragment, ShareError } from './share.ts';
import { ShareMenu } from './share-menu.tsx';
import { busy, configIsLive, loaded, paused, takeState, tookMs } from './state.ts';
import './screen.css';

/** The authoring screen: policies, a request, and what comes of it. Everything runs in this page. */
export default function Playground() {
  const [linkProblem, setLinkProblem] = useState<string | null>(null);
  const [ready, setReady] = useState(false);

  useEffect(() => {
    // What was written before the person looked at another screen is still in the page.
    if (loaded.peek() === null && !location.hash.startsWith('#p1/')) takeKept();
    const read = async () => {
      try {
        const state = await fromFragment(location.hash);
        if (state !== null) {
          takeState(state);
          paused.value = true;
        }
      } catch (error) {
        setLinkProblem(error instanceof ShareError ? error.message : 'The link cannot be read.');
      }
      setReady(true);
    };
    void read();
    const onHash = () => void read();
    addEventListener('hashchange', onHash);
    return () => removeEventListener('hashchange', onHash);
  }, []);
  useEffect(() => {
    if (!ready) return;
    const stops = [followDraft(), keepDraft()];
    return () => {
      for (const stop of stops) stop();
    };
  }, [ready]);
  useEffect(() => takeKeys(), []);
  const signedIn = allowed.value;
  const waits = paused.value;
  useEffect(() => {
    // A link that somebody sent is not mixed with what only this gateway knows before it was looked at.
    if (!ready || !signedIn || waits) return;
    const abort = new AbortController();
    const begin = async () => {
      await loadRegistry(abort.signal);
      if (!(await takeArrival())) await openLiveIfUntouched(abort.signal);
    };
    // Without the gateway's names the page goes on with the sample's.
    begin().catch(() => undefined);
    return () => abort.abort();
  }, [ready, signedIn, waits]);

  return (
    <div class="playground">
      <div class="playground-bar">
        <h1 class="playground-title">Playground</h1>
        <span class="muted small playground-note">
          {configIsLive.value
            ? 'Names of this gateway; runs in this page'
            : signedIn
              ? "The sample's names; runs in this page"
              : 'Runs in this page, no gateway needed'}
        </span>
        <Took />
        <ShareMenu />
      </div>
      {waits ? (
        <div class="shared-notice" role="status">
          <Icon name="pause" />
          <span>
            This came with a link or a file. Nothing has run: look at it first, then let it run in this page.
          </span>
          <Button
            kind="primary"
            onClick={() => {
              paused.value = false;
            }}
          >
            <Icon name="play" /> Run it
          </Button>
        </div>
      ) : null}
      {linkProblem === null ? null : (
        <div class="shared-notice shared-notice-bad" role="alert">
          <Icon name="warn" />
          <span>{linkProblem} The sample is shown in its place.</span>
          <Button onClick={() => setLinkProblem(null)}>Close</Button>
        </div>
      )}
      <div class="panels">
        <PolicyPanel />
        <RequestPanel />
        <ResultPanel />
      </div>
    </div>
  );
}

/** How long the last decision took, with the way there and back. Not read out: it changes with each key. */
function Took() {
  const ms = tookMs.value;
  if (ms === null) return null;
  return (
    <span
      class={busy.value ? 'muted small number took took-busy' : 'muted small number took'}
      aria-hidden="true"
    >
      decided in {ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms
    </span>
  );
}

/** Ctrl or Cmd with Enter runs; F6 goes to the next panel, with Shift to the one before. */
function takeKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      if (!paused.peek()) void tryNow();
    }
    if (event.key !== 'F6') return;
    event.preventDefault();
    const panels = [...document.querySelectorAll<HTMLElement>('[data-panel]')];
    const at = panels.findIndex((panel) => panel.contains(document.activeElement));
    const next = panels[(at + (event.shiftKey ? -1 : 1) + panels.length) % panels.length];
    const target = next?.querySelector<HTMLElement>(
      '[role="tab"][tabindex="0"], button, input, [contenteditable="true"]',
    );
    target?.focus();
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}
