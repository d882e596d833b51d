import { nearest } from '../../../core/text/nearest.ts';
import { compileValidator } from '../../../core/yaml/validate.ts';
import { type ClassifierOptions, schema } from '../../../plugins/classifier/options.ts';
import { classifier } from '../../../plugins/classifier/plugin.ts';
import type { CompletionQuestion } from '../../../sdk/completions.ts';
import {
  anonymous,
  type JsonObject,
  type Models,
  type RequestContext,
  type RequestHooks,
  type RequestView,
  type RouteDecision,
} from '../../../sdk/index.ts';
import { FakeClock } from '../../../sdk/testing/clock.ts';
import {
  type FakeCompletions,
  fakeCompletions,
  type ScriptedCompletion,
} from '../../../sdk/testing/completions.ts';
import { modelsOf, target } from '../../core/route/models.ts';

const table = {
  smart: [target('openai/gpt', { tier: 'frontier', region: 'us' })],
  cheap: [
    target('openai/mini', { tier: 'mini', region: 'us' }),
    target('azure/mini', { tier: 'mini', region: 'eu' }),
  ],
};
const base = modelsOf(table);
export const models: Models = { ...base, nearest: (name) => nearest(name, Object.keys(table)) };

export interface Asked {
  readonly text?: string;
  readonly tenant?: string;
  readonly region?: string;
  readonly api?: RequestView['api'];
  readonly signal?: AbortSignal;
}

export interface Driven {
  readonly clock: FakeClock;
  readonly completions: FakeCompletions;
  route(asked?: Asked): RouteDecision | undefined | Promise<RouteDecision | undefined>;
}

export function optionsOf(given: JsonObject = {}): ClassifierOptions {
  const { value, problems } = compileValidator(schema)(given, {
    document: { file: '40-classifier.yaml', position: () => ({ line: 1, column: 1 }) },
  });
  if (problems.length > 0) throw new Error(problems.map(({ message }) => message).join('; '));
  return value as unknown as ClassifierOptions;
}

/** The plugin alone, on a model that answers what the test says. */
export async function driven(
  given: JsonObject = {},
  answer: (question: CompletionQuestion) => ScriptedCompletion = () => 'hard',
  known: Models = models,
): Promise<Driven> {
  const clock = new FakeClock();
  const completions = fakeCompletions(answer);
  const hooks = (await classifier.setup(
    optionsOf(given),
    { clock, completions, models: known },
    { file: '40-classifier.yaml', policyVersion: 'p' },
  )) as RequestHooks<undefined>;
  let requests = 0;
  return {
    clock,
    completions,
    route({ text = 'Prove it.', tenant = 'acme', region = '', api = 'chat', signal } = {}) {
      requests += 1;
      const context = {
        requestId: `req_${requests}`,
        view: { api, lastUser: text },
        identity: { ...anonymous, tenant: { ...anonymous.tenant, id: tenant, region } },
        signal: signal ?? new AbortController().signal,
      };
      return hooks.route!(context as unknown as RequestContext, undefined);
    },
  };
}
