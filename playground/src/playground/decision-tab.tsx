import { explainRule } from '../../../core/policy/explain.ts';
import type { Trace } from '../../../sdk/trace.ts';
import type { Tried } from '../engine/messages.ts';
import { Icon } from '../ui/icon.tsx';
import { Badge } from '../ui/status-mark.tsx';
import { SourceLink } from './source-link.tsx';
import { plain, rulesOf, slotsOf, verdictOf } from './verdict.ts';

const signs = { ok: 'check', warn: 'switch', bad: 'stop' } as const;

/** What came of the request, and who decided it. */
export function DecisionTab({ tried }: { readonly tried: Tried }) {
  const { trace } = tried;
  const verdict = verdictOf(trace);
  return (
    <div class="stack">
      <div class={`verdict verdict-${verdict.tone}`} role="status">
        <Icon name={signs[verdict.tone]} />
        <div>
          <p class="verdict-text">{verdict.text}</p>
          {verdict.rule === null ? null : (
            <p class="small">
              <SourceLink at={verdict.rule.at} /> <span class="muted">{reasonOf(verdict.rule)}</span>
            </p>
          )}
        </div>
      </div>
      <Route trace={trace} />
      <Slots trace={trace} />
      <Tags trace={trace} />
      <Answer tried={tried} />
    </div>
  );
}

/** What stands after the colon of the explain line. */
function reasonOf(rule: Parameters<typeof explainRule>[0]): string {
  const line = explainRule(rule);
  return line.slice(line.indexOf('): ') + 3);
}

/** The targets in their order, and how far it came. */
function Route({ trace }: { readonly trace: Trace }) {
  const { plan, attempts, passedOver } = trace;
  if (plan === null) return null;
  return (
    <section aria-label="Route">
      <h3 class="block-title">Route</h3>
      <ol class="chain">
        {plan.targets.map((target) => {
          const own = attempts.filter((attempt) => attempt.target === target);
          const last = own.at(-1);
          const passed = passedOver.find((one) => one.target === target);
          const said =
            passed !== undefined
              ? passed.why
              : last === undefined
                ? 'not asked'
                : last.failure === null
                  ? 'answered'
                  : last.failure.replaceAll('_', ' ');
          const tone = last === undefined ? 'plain' : last.failure === null ? 'ok' : 'bad';
          return (
            <li key={target} class="chain-item">
              <span class="mono">{target}</span>
              <Badge tone={tone}>
                {said}
                {own.length > 1 ? ` (${own.length} attempts)` : ''}
              </Badge>
            </li>
          );
        })}
      </ol>
      {plan.constraints.map((constraint) => (
        <p key={constraint} class="small muted">
          bound to {constraint}
        </p>
      ))}
    </section>
  );
}

function Slots({ trace }: { readonly trace: Trace }) {
  const slots = slotsOf(trace);
  if (slots.length === 0) {
    return <p class="muted">No rule wrote anything: the request goes where it was sent.</p>;
  }
  return (
    <section aria-label="What rules wrote">
      <h3 class="block-title">Written by rules</h3>
      <ul class="slots">
        {slots.map(({ slot, value, rule, lost }) => (
          <li key={`${slot}:${rule.policy}/${rule.rule}`} class="slot">
            <span class="slot-name">{slot}</span>
            <div class="slot-body">
              {value === null ? (
                <p class="muted">nothing held</p>
              ) : (
                <p>
                  <span class="mono slot-value">{plain(value)}</span>{' '}
                  <SourceLink at={rule.at}>
                    {rule.policy}/{rule.rule}
                  </SourceLink>
                </p>
              )}
              {lost.map((one) => {
                const loser = rulesOf(trace).find(
                  ({ policy, rule: id }) => policy === one.policy && id === one.rule,
                );
                return (
                  <p key={`${one.policy}/${one.rule}/${plain(one.value)}`} class="slot-lost">
                    <s class="mono">{plain(one.value)}</s>{' '}
                    {loser === undefined ? (
                      one.policy
                    ) : (
                      <SourceLink at={loser.at}>
                        {one.policy}/{one.rule}
                      </SourceLink>
                    )}{' '}
                    <span class="muted">lost: {one.why}</span>
                  </p>
                );
              })}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

function Tags({ trace }: { readonly trace: Trace }) {
  const tags = Object.entries(trace.tags);
  if (tags.length === 0) return null;
  return (
    <section aria-label="Tags">
      <h3 class="block-title">Tags</h3>
      <ul class="tags">
        {tags.map(([name, value]) => (
          <li key={name} class="tag">
            <span class="muted">{name}</span> {value}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Answer({ tried }: { readonly tried: Tried }) {
  const { responseText, errorMessage, status } = tried;
  return (
    <section aria-label="Answer">
      <h3 class="block-title">
        The client gets <span class="number">{status}</span>
      </h3>
      <pre class="text-block">{errorMessage ?? responseText ?? tried.body}</pre>
    </section>
  );
}
