import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Trace } from '../../../sdk/trace.ts';
import { allowed } from '../api/session.ts';
import { hrefOf } from '../app/router.ts';
import type { StreamPiece, Tried } from '../engine/messages.ts';
import { Button } from '../ui/button.tsx';
import { Icon } from '../ui/icon.tsx';
import { runThroughGateway } from './gateway-run.ts';
import { type ShownPiece, shownPieces } from './stream-text.ts';
import { verdictOf } from './verdict.ts';

/** Pieces pass so fast when a stream is played: slow enough to follow. */
const stepMs = 140;

interface GatewayRun {
  readonly status: number | null;
  readonly pieces: readonly (StreamPiece & { readonly atMs: number })[];
  readonly trace: Trace | null;
  readonly problem: string | null;
  readonly running: boolean;
}

const nothing: GatewayRun = { status: null, pieces: [], trace: null, problem: null, running: false };

/** What the provider sends beside what the client gets, piece by piece. */
export function StreamTab({ tried }: { readonly tried: Tried }) {
  const shown = useMemo(() => shownPieces(tried.stream), [tried]);
  const [until, setUntil] = useState<number | null>(null);
  const [live, setLive] = useState<GatewayRun>(nothing);
  const abort = useRef<AbortController | null>(null);
  useEffect(() => setUntil(null), [tried]);
  useEffect(() => () => abort.current?.abort(), []);
  useEffect(() => {
    if (until === null) return;
    if (until >= shown.length) {
      setUntil(null);
      return;
    }
    const timer = setTimeout(() => setUntil(until + 1), stepMs);
    return () => clearTimeout(timer);
  }, [until, shown]);

  const run = () => {
    abort.current?.abort();
    const own = new AbortController();
    abort.current = own;
    setLive({ ...nothing, running: true });
    const change = (part: (before: GatewayRun) => Partial<GatewayRun>) =>
      setLive((before) => (own.signal.aborted ? before : { ...before, ...part(before) }));
    void runThroughGateway(
      {
        head: (status) => change(() => ({ status })),
        chunk: (text, atMs) => change(({ pieces }) => ({ pieces: [...pieces, { side: 'got', text, atMs }] })),
        record: (trace) => change(() => ({ trace })),
        error: (problem) => change(() => ({ problem })),
      },
      own.signal,
    ).finally(() => change(() => ({ running: false })));
  };

  return (
    <div class="stack">
      <div class="row">
        <Button onClick={() => setUntil(0)} disabled={shown.length === 0}>
          <Icon name="play" /> Play
        </Button>
        {allowed.value ? (
          <Button busy={live.running} onClick={run} title="One request to the configured providers">
            {live.running ? 'Running …' : 'Run through the gateway'}
          </Button>
        ) : null}
        <Held shown={shown} />
      </div>
      <Columns pieces={until === null ? shown : shown.slice(0, until)} all={shown} />
      {live === nothing ? null : <GatewayAnswer live={live} />}
    </div>
  );
}

/** How far the client is behind, at most. */
function Held({ shown }: { readonly shown: readonly ShownPiece[] }) {
  let sent = 0;
  let got = 0;
  let most = 0;
  for (const { side, text } of shown) {
    if (side === 'sent') {
      most = Math.max(most, sent - got);
      sent += text.length;
    } else got += text.length;
  }
  const raw = joined(shown, 'sent');
  const filtered = joined(shown, 'got');
  const words = raw === filtered ? 'The client gets what was sent' : 'The client gets something else';
  return (
    <span class="muted small" role="status">
      {words}
      {most > 0 ? `; at most ${most} characters were held back` : ''}.
    </span>
  );
}

function joined(pieces: readonly ShownPiece[], side: StreamPiece['side']): string {
  return pieces
    .filter((piece) => piece.side === side)
    .map(({ text }) => text)
    .join('');
}

function Columns({
  pieces,
  all,
}: {
  readonly pieces: readonly ShownPiece[];
  readonly all: readonly ShownPiece[];
}) {
  if (all.length === 0) return <p class="muted">No provider was asked, so nothing was sent.</p>;
  return (
    <table class="stream">
      <caption class="visually-hidden">The stream, piece by piece</caption>
      <thead>
        <tr>
          <th scope="col">The provider sends</th>
          <th scope="col">The client gets</th>
        </tr>
      </thead>
      <tbody>
        {pieces.map((piece, index) => (
          <tr key={index}>
            <td>{piece.side === 'sent' ? <Piece piece={piece} /> : null}</td>
            <td class="stream-got">{piece.side === 'got' ? <Piece piece={piece} /> : null}</td>
          </tr>
        ))}
      </tbody>
      <tfoot>
        <tr>
          <td>{joined(pieces, 'sent')}</td>
          <td>{joined(pieces, 'got')}</td>
        </tr>
      </tfoot>
    </table>
  );
}

function Piece({ piece }: { readonly piece: ShownPiece }) {
  return (
    <span class={piece.text === '' ? 'piece piece-note' : 'piece'} title={piece.raw.slice(0, 600)}>
      {piece.text === '' ? piece.note : piece.text}
    </span>
  );
}

function GatewayAnswer({ live }: { readonly live: GatewayRun }) {
  const pieces = shownPieces(live.pieces);
  const firstMs = live.pieces[0]?.atMs;
  return (
    <section class="gateway-answer" aria-label="Through the gateway" aria-live="polite">
      <h3 class="block-title">
        Through the gateway{live.status === null ? '' : `: ${live.status}`}
        {firstMs === undefined ? null : <span class="muted"> first byte after {Math.round(firstMs)} ms</span>}
      </h3>
      {live.trace === null ? null : (
        <p>
          {verdictOf(live.trace).text}.{' '}
          <a href={hrefOf('traffic', { request: live.trace.requestId })}>Its decision record</a>
        </p>
      )}
      {live.problem === null ? null : (
        <p class="panel-problem" role="alert">
          <Icon name="warn" /> {live.problem}
        </p>
      )}
      <pre class="text-block">{joined(pieces, 'got') || live.pieces.map(({ text }) => text).join('')}</pre>
    </section>
  );
}
