import { explainLeaf } from '../../../core/policy/explain.ts';
import type { Pred } from '../../../core/policy/plan.ts';
import type { LeafTrace, RuleTrace } from '../../../sdk/trace.ts';
import type { Loaded, Tried } from '../engine/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/status-mark.tsx';
import { timeText } from './rule-marks.ts';
import { SourceLink } from './source-link.tsx';
import { plain, rulesOf } from './verdict.ts';

/** Each rule's question as a tree, with what was seen. */
export function WhyTab({ tried, loaded }: { readonly tried: Tried; readonly loaded: Loaded }) {
  const records = rulesOf(tried.trace);
  return (
    <div class="stack">
      {loaded.policies.map((policy) => (
        <section key={`${policy.file}/${policy.id}`} class="why-policy" aria-label={policy.id}>
          <h3 class="block-title">
            {policy.id} <span class="muted">{policy.kind}</span>
            {policy.mode === 'enforce' ? null : <Badge tone="warn">{policy.mode}</Badge>}
          </h3>
          {policy.rules.map((rule) => {
            const own = records.filter((record) => record.policy === policy.id && record.rule === rule.id);
            return (
              <Rule
                key={`${rule.hook}/${rule.id}`}
                name={rule.id}
                hook={rule.hook}
                at={`${policy.file}:${rule.line}`}
                when={rule.when}
                records={own}
              />
            );
          })}
        </section>
      ))}
    </div>
  );
}

interface RuleProps {
  readonly name: string;
  readonly hook: string;
  readonly at: string;
  readonly when: Pred | null;
  readonly records: readonly RuleTrace[];
}

function Rule({ name, hook, at, when, records }: RuleProps) {
  const last = records.findLast(({ matched }) => matched) ?? records.at(-1);
  const tone =
    last === undefined ? 'plain' : last.error !== undefined ? 'bad' : last.matched ? 'ok' : 'plain';
  const said =
    last === undefined
      ? 'not reached'
      : last.error !== undefined
        ? 'failed'
        : last.matched
          ? 'matched'
          : 'did not match';
  return (
    <details class="why-rule" open={last?.matched === true || last?.error !== undefined}>
      <summary>
        <span class="why-name">{name}</span>
        <span class="muted small">{hook}</span>
        <Badge tone={tone}>{records.length > 1 ? `${said}, asked ${records.length} times` : said}</Badge>
        {last === undefined ? null : <span class="muted small number">{timeText(last.us)}</span>}
      </summary>
      <div class="why-body">
        <SourceLink at={at} />
        {last?.error === undefined ? null : <p class="step-error">{last.error}</p>}
        {when === null ? (
          <p class="muted">always</p>
        ) : (
          <ul class="tree">
            <Node pred={when} leaves={last?.leaves ?? []} />
          </ul>
        )}
        {last?.wrote === undefined ? null : (
          <p>
            <span class="muted">wrote</span> <span class="mono">{plain(last.wrote)}</span>
          </p>
        )}
      </div>
    </details>
  );
}

const joined = { all: 'all of', any: 'any of', not: 'not' } as const;

function Node({ pred, leaves }: { readonly pred: Pred; readonly leaves: readonly LeafTrace[] }) {
  const value = answerOf(pred, leaves);
  if (pred.p !== 'leaf') {
    const parts = pred.p === 'not' ? [pred.of] : pred.of;
    return (
      <li class={`node node-${value ?? 'unasked'}`}>
        <span class="node-line">
          <Mark value={value} />
          <span class="node-join">{joined[pred.p]}</span>
        </span>
        <ul class="tree">
          {parts.map((part, index) => (
            <Node key={index} pred={part} leaves={leaves} />
          ))}
        </ul>
      </li>
    );
  }
  const seen = leafOf(pred, leaves);
  return (
    <li class={`node node-${value ?? 'unasked'}`}>
      <span class="node-line">
        <Mark value={value} />
        <span class="mono">{questionOf(pred)}</span>
      </span>
      <span class="node-seen">
        {seen === undefined ? 'not asked: what stands before it decided' : explainLeaf(seen)}
      </span>
    </li>
  );
}

function Mark({ value }: { readonly value: boolean | null }) {
  return (
    <>
      <Icon name={value === null ? 'dots' : value ? 'check' : 'cross'} />
      <span class="visually-hidden">{value === null ? 'not asked:' : value ? 'true:' : 'false:'}</span>
    </>
  );
}

type Leaf = Extract<Pred, { readonly p: 'leaf' }>;

/** The record of code names it; its number in the module is only the plan's. */
function leafOf({ name, args }: Leaf, leaves: readonly LeafTrace[]): LeafTrace | undefined {
  const wanted = JSON.stringify(name === 'fn' ? args.slice(0, 1) : args);
  return leaves.find(({ leaf, args: own }) => leaf === name && JSON.stringify(own) === wanted);
}

/** What a question came to, as far as it was asked. */
function answerOf(pred: Pred, leaves: readonly LeafTrace[]): boolean | null {
  if (pred.p === 'leaf') return leafOf(pred, leaves)?.result ?? null;
  if (pred.p === 'not') {
    const inner = answerOf(pred.of, leaves);
    return inner === null ? null : !inner;
  }
  const values = pred.of.map((part) => answerOf(part, leaves));
  const decides = pred.p === 'any';
  if (values.includes(decides)) return decides;
  return values.includes(null) ? null : !decides;
}

function questionOf({ name, args }: Leaf): string {
  const shown = (name === 'fn' ? args.slice(0, 1) : args).map((arg) => {
    const pattern = arg as { readonly source?: unknown; readonly flags?: unknown } | null;
    if (typeof pattern === 'object' && typeof pattern?.source === 'string')
      return `/${pattern.source}/${String(pattern.flags)}`;
    return typeof arg === 'object' && arg !== null ? plain(arg) : JSON.stringify(arg);
  });
  return `${name}(${shown.join(', ')})`;
}
