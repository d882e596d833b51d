import { explainRule } from '../../../../core/policy/explain.ts';
import type { LostWrite, Trace, TraceStep } from '../../../../sdk/trace.ts';
import { duration } from '../../data/format.ts';

const hooks: Readonly<Record<TraceStep['hook'], string>> = {
  onRequest: 'When it came',
  route: 'Where it should go',
  beforeUpstream: 'Before a provider was asked',
  afterResponse: 'On the way back',
};

const words: Readonly<Record<TraceStep['decision'], string>> = {
  continue: 'let it pass',
  deny: 'refused it',
  respond: 'answered it',
  skip: 'passed the target over',
  error: 'failed',
  unmatched: 'had no rule for it',
};

/** Every file that was asked, in order, and what each of its rules saw. */
export function Steps({ trace }: { readonly trace: Trace }) {
  const groups = (Object.keys(hooks) as TraceStep['hook'][])
    .map((hook) => ({ hook, steps: trace.steps.filter((step) => step.hook === hook) }))
    .filter(({ steps }) => steps.length > 0);
  return (
    <>
      {groups.map(({ hook, steps }) => (
        <section key={hook} aria-label={hooks[hook]}>
          <h3>
            {hooks[hook]} <span class="muted mono">{hook}</span>
          </h3>
          <ol class="steps">
            {steps.map((step, index) => (
              <Step key={index} step={step} />
            ))}
          </ol>
        </section>
      ))}
      <Lost lost={trace.lost} />
    </>
  );
}

function Step({ step }: { readonly step: TraceStep }) {
  const ended = step.decision === 'deny' || step.decision === 'respond' || step.decision === 'error';
  return (
    <li class={ended ? 'step step-ended' : 'step'}>
      <div class="step-line">
        <span>
          <strong>{step.name}</strong> {words[step.decision]}
          {step.shadow === true ? ' (only watching)' : ''}
          {step.attempt === undefined ? '' : ` at attempt ${step.attempt}`}
        </span>
        <span class="step-took muted small number">{duration(step.durationUs / 1000)}</span>
      </div>
      {step.reason === undefined ? null : <p>{step.reason}</p>}
      {step.error === undefined ? null : <p class="tone-bad">{step.error}</p>}
      {step.rules === undefined ? <p class="muted small mono">{step.file}</p> : null}
      {step.rules === undefined ? null : (
        <ul class="rules">
          {step.rules.map((rule, index) => (
            <li key={index} class={rule.matched ? 'rule rule-matched' : 'rule'}>
              {explainRule(rule)}
            </li>
          ))}
        </ul>
      )}
    </li>
  );
}

function Lost({ lost }: { readonly lost: readonly LostWrite[] }) {
  if (lost.length === 0) return null;
  return (
    <section aria-label="What lost">
      <h3>What lost</h3>
      <ul class="rules">
        {lost.map((write, index) => (
          <li key={index} class="rule">
            {write.slot} {typeof write.value === 'string' ? write.value : JSON.stringify(write.value)} of{' '}
            {write.rule === null ? write.policy : `${write.policy}/${write.rule}`}: {write.why}
          </li>
        ))}
      </ul>
    </section>
  );
}
