import type { GivenFacts, Program, Step } from '../../program/step.ts';
import { type Watch, watched } from './watch.ts';

/**
 * A program whose policies tell what they look at. What they do about answers is left out: no record holds an answer.
 *
 * @param watchOf who listens to a file.
 */
export function watchedProgram(program: Program, watchOf: (file: string) => Watch): Program {
  return {
    ...program,
    prices: program.prices,
    steps: program.steps
      .filter(({ kind }) => kind === 'policy')
      .map((step) => watchedStep(step, watchOf(step.file))),
  };
}

function watchedStep(step: Step, watch: Watch): Step {
  const { match, state, onRequest, route, beforeUpstream } = step;
  return {
    file: step.file,
    name: step.name,
    kind: step.kind,
    summary: step.summary,
    mode: step.mode,
    onFailure: step.onFailure,
    timeoutMs: step.timeoutMs,
    hooks: step.hooks.filter((name) => name !== 'afterResponse'),
    streamMode: null,
    holdBackChars: 0,
    match: match === null ? null : (ctx) => match(watched(ctx, watch)),
    withFacts: (facts) => watchedStep(step.withFacts?.(watchedFacts(facts, watch)) ?? step, watch),
    ...(state === undefined ? undefined : { state: (ctx) => state.call(step, watched(ctx, watch)) }),
    ...(onRequest === undefined
      ? undefined
      : { onRequest: (ctx, own) => onRequest.call(step, watched(ctx, watch), own) }),
    ...(route === undefined
      ? undefined
      : { route: (ctx, own) => route.call(step, watched(ctx, watch), own) }),
    ...(beforeUpstream === undefined
      ? undefined
      : { beforeUpstream: (ctx, own) => beforeUpstream.call(step, watched(ctx, watch), own) }),
  };
}

/** What was spent when a request came is not in its record. */
function watchedFacts(facts: GivenFacts, watch: Watch): GivenFacts {
  return {
    budget(ctx, period, by) {
      watch.missing();
      return facts.budget(ctx, period, by);
    },
    costUsd: (ctx, answer) => facts.costUsd(ctx, answer),
  };
}
