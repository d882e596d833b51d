import { useEffect, useRef } from 'preact/hooks';
import { Tabs } from 'radix-ui';
import { explainTrace } from '../../../../core/trace/explain-text.ts';
import type { Trace } from '../../../../sdk/trace.ts';
import { requestJson } from '../../api/client.ts';
import { hrefOf } from '../../app/router.ts';
import { useResource } from '../../data/resource.ts';
import { Button } from '../../ui/button.tsx';
import { CopyButton } from '../../ui/copy-button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Failure, Loading } from '../../ui/states.tsx';
import { Attempts } from './attempts.tsx';
import { Facts } from './facts.tsx';
import { Steps } from './steps.tsx';
import './request-panel.css';

interface PanelProps {
  readonly id: string;
  /** Whether the focus comes here. */
  readonly focus: boolean;
  readonly onClose: () => void;
}

/** One request: how it ended, where it went and why, step by step. */
export function RequestPanel({ id, focus, onClose }: PanelProps) {
  const title = useRef<HTMLHeadingElement>(null);
  const { data, problem, reload } = useResource(id, (signal) =>
    requestJson<Trace>(`/v1/decisions/${encodeURIComponent(id)}`, { signal }),
  );
  useEffect(() => {
    if (focus) title.current?.focus();
  }, [focus]);
  return (
    <aside
      class="panel"
      aria-label="Request"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && !event.defaultPrevented) onClose();
      }}
    >
      <div class="panel-head">
        <h2 ref={title} tabIndex={-1} class="mono ellipsis" title={id}>
          {id}
        </h2>
        <CopyButton text={id} label="Copy the id" />
        <Button kind="quiet" icon aria-label="Close the request" onClick={onClose}>
          <Icon name="cross" />
        </Button>
      </div>
      {data === null ? (
        problem === null ? (
          <Loading label="the record" />
        ) : (
          <Failure title="No record of this request" message={problem} onRetry={reload} />
        )
      ) : (
        <Record trace={data} />
      )}
    </aside>
  );
}

function Record({ trace }: { readonly trace: Trace }) {
  const lines = explainTrace(trace);
  return (
    <>
      <p class={`verdict verdict-${toneOf(trace)}`}>
        <Icon name={toneOf(trace) === 'ok' ? 'check' : toneOf(trace) === 'warn' ? 'stop' : 'cross'} />
        <span>{lines[0]}</span>
      </p>
      <div class="row">
        <a class="button" href={hrefOf('', { request: trace.requestId })}>
          <Icon name="play" />
          Open in playground
        </a>
      </div>
      <Tabs.Root defaultValue="story" className="panel-tabs">
        <Tabs.List className="segments" aria-label="Ways to read the record">
          <Tabs.Trigger className="segment" value="story">
            What happened
          </Tabs.Trigger>
          <Tabs.Trigger className="segment" value="text">
            As text
          </Tabs.Trigger>
          <Tabs.Trigger className="segment" value="json">
            Record
          </Tabs.Trigger>
        </Tabs.List>
        <Tabs.Content value="story" className="panel-content">
          <Facts trace={trace} />
          <Attempts trace={trace} />
          <Steps trace={trace} />
        </Tabs.Content>
        <Tabs.Content value="text" className="panel-content">
          <Raw text={lines.join('\n')} label="Copy the text" />
        </Tabs.Content>
        <Tabs.Content value="json" className="panel-content">
          <Raw text={JSON.stringify(trace, null, 2)} label="Copy the record" />
        </Tabs.Content>
      </Tabs.Root>
    </>
  );
}

function Raw({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div class="raw">
      <CopyButton text={text} label={label} />
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable with the keyboard. */}
      <pre tabIndex={0}>{text}</pre>
    </div>
  );
}

function toneOf({ outcome }: Trace): 'ok' | 'warn' | 'bad' {
  return outcome === 'complete' ? 'ok' : outcome === 'denied' ? 'warn' : 'bad';
}
