import type { PlanPolicy } from '../../../core/policy/plan.ts';
import type { Json } from '../../../sdk/json.ts';
import type { HookName, TraceStep } from '../../../sdk/trace.ts';
import type { Loaded, PrintedLine, Tried } from '../engine/messages.ts';
import { Bar } from '../ui/bar.tsx';
import { Badge, type Tone } from '../ui/status-mark.tsx';
import { diffLines } from './line-diff.ts';
import { timeText } from './rule-marks.ts';
import { SourceLink } from './source-link.tsx';
import { plain } from './verdict.ts';

interface Moment {
  readonly hook: HookName;
  readonly attempt: number | null;
  readonly title: string;
  readonly about: string;
  readonly steps: readonly TraceStep[];
}

const hooks: Readonly<Record<HookName, readonly [string, string]>> = {
  onRequest: ['onRequest', 'before anything is decided'],
  route: ['route', 'who is asked'],
  beforeUpstream: ['beforeUpstream', 'before each attempt'],
  afterResponse: ['afterResponse', 'when the answer is whole'],
};

/** What a call of code may use where its policy says nothing: milliseconds, and ticks for each of them. */
const defaultMs = 50;
const ticksPerMs = 100;

/** The hooks in their order, attempts apart. */
export function TimelineTab({ tried, loaded }: { readonly tried: Tried; readonly loaded: Loaded }) {
  return (
    <ol class="timeline">
      {momentsOf(tried).map((moment) => (
        <li key={`${moment.hook}${moment.attempt ?? ''}`} class="moment">
          <div class="moment-head">
            <h3>{moment.title}</h3>
            <span class="muted small">{moment.about}</span>
          </div>
          {moment.steps.length === 0 ? (
            <p class="muted small">{nobody(moment, tried)}</p>
          ) : (
            moment.steps.map((step) => (
              <Step
                key={`${step.file}/${step.name}`}
                step={step}
                policy={
                  loaded.policies.find(({ id, file }) => id === step.name && file === step.file) ?? null
                }
              />
            ))
          )}
          {moment.hook === 'beforeUpstream' && moment.attempt !== null ? (
            <Upstream tried={tried} attempt={moment.attempt} />
          ) : null}
        </li>
      ))}
      <Printed lines={tried.printed} />
    </ol>
  );
}

function momentsOf({ trace }: Tried): Moment[] {
  const attempts = Math.max(1, trace.attempts.length, ...trace.steps.map(({ attempt = 0 }) => attempt));
  return (Object.keys(hooks) as HookName[]).flatMap((hook): Moment[] => {
    const [title, about] = hooks[hook];
    const own = trace.steps.filter((step) => step.hook === hook);
    if (hook !== 'beforeUpstream') return [{ hook, attempt: null, title, about, steps: own }];
    return Array.from({ length: attempts }, (_, i) => {
      const at = trace.attempts[i];
      const note = at === undefined ? about : `attempt ${i + 1}: ${at.target}`;
      return {
        hook,
        attempt: i + 1,
        title,
        about: note,
        steps: own.filter(({ attempt }) => attempt === i + 1),
      };
    });
  });
}

function nobody({ hook }: Moment, { trace }: Tried): string {
  const denied = trace.steps.find(({ decision, shadow }) => decision === 'deny' && shadow !== true);
  const order = Object.keys(hooks);
  if (denied !== undefined && order.indexOf(denied.hook) < order.indexOf(hook))
    return `not reached: ${denied.reason ?? denied.name} refused in ${denied.hook}`;
  return 'no policy has rules here';
}

const tones: Readonly<Record<TraceStep['decision'], Tone>> = {
  continue: 'plain',
  deny: 'bad',
  respond: 'ok',
  skip: 'warn',
  error: 'bad',
  unmatched: 'plain',
};

function Step({ step, policy }: { readonly step: TraceStep; readonly policy: PlanPolicy | null }) {
  const { rules = [], name, decision, shadow } = step;
  const matched = rules.filter((rule) => rule.matched);
  const us = rules.reduce((sum, rule) => sum + rule.us, 0);
  const fuel = rules.reduce((sum, rule) => sum + rule.fuel, 0);
  const ms = policy?.limits.ms ?? defaultMs;
  return (
    <div class="step">
      <div class="step-head">
        <span class="mono">{name}</span>
        <Badge tone={tones[decision]}>{shadow === true ? `${decision}, in shadow` : decision}</Badge>
        <span class="muted small">
          {rules.length === 0 ? step.file : `${matched.length} of ${rules.length} rules matched`}
        </span>
      </div>
      {matched.map((rule) => (
        <p key={rule.rule} class="small step-rule">
          <SourceLink at={rule.at}>{rule.rule}</SourceLink> <span class="mono">{plain(rule.wrote)}</span>
        </p>
      ))}
      {step.error === undefined ? null : <p class="small step-error">{step.error}</p>}
      {rules.length === 0 ? null : (
        <div class="limits">
          <Limit label="time" share={us / (ms * 1000)} text={`${timeText(us)} of ${ms} ms`} />
          {fuel === 0 ? null : (
            <Limit
              label="fuel"
              share={fuel / (ms * ticksPerMs)}
              text={`${fuel} of ${ms * ticksPerMs} ticks`}
            />
          )}
        </div>
      )}
    </div>
  );
}

function Limit({
  label,
  share,
  text,
}: {
  readonly label: string;
  readonly share: number;
  readonly text: string;
}) {
  return (
    <div class="limit">
      <span class="muted">{label}</span>
      <Bar share={Math.min(1, share)} tone={share > 0.8 ? 'bad' : share > 0.5 ? 'warn' : 'plain'} />
      <span class="number muted">{text}</span>
    </div>
  );
}

/** What the client sent and what the provider got, line by line. */
function Upstream({ tried, attempt }: { readonly tried: Tried; readonly attempt: number }) {
  const call = tried.calls[attempt - 1];
  if (call === undefined) return null;
  const lines = diffLines(pretty(tried.request), pretty(call.body));
  const changed = lines.filter(({ kind }) => kind !== 'same').length;
  return (
    <details class="changes" open={changed > 0 && changed < 20}>
      <summary>
        {changed === 0 ? 'Sent as it came' : `What changed on its way to the provider (${changed} lines)`}
      </summary>
      <pre class="diff">
        {lines.map(({ kind, text }, index) => (
          <span key={index} class={`diff-${kind}`}>
            {kind === 'added' ? '+ ' : kind === 'removed' ? '− ' : '  '}
            {text}
            {'\n'}
          </span>
        ))}
      </pre>
    </details>
  );
}

function pretty(value: Json): string {
  return JSON.stringify(value, null, 2);
}

function Printed({ lines }: { readonly lines: readonly PrintedLine[] }) {
  if (lines.length === 0) return null;
  return (
    <li class="moment">
      <div class="moment-head">
        <h3>Console</h3>
        <span class="muted small">what code printed</span>
      </div>
      <ul class="console">
        {lines.map(({ level, policy, text }, index) => (
          <li key={index} class={`console-${level}`}>
            <span class="muted">{policy}</span> {text}
          </li>
        ))}
      </ul>
    </li>
  );
}
