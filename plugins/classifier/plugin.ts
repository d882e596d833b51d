import { type Api, type ContinueRoute, definePlugin } from '../../sdk/index.ts';
import { Classifier, type Verdict } from './classifier.ts';
import { type ClassifierOptions, schema } from './options.ts';

/** Endpoints whose requests have a user who wants something. */
const apis: ReadonlySet<Api> = new Set(['chat', 'completions', 'messages', 'responses']);
/** Longer than any `timeout` below: the step itself must not fail before the model does. */
const stepTimeoutMs = 30_000;
const maxTimeoutMs = 20_000;

/**
 * Asks a cheap model once for each request what kind of task it is, and tags the request with the label for the policies
 * after it. It asks in `route`: who may not ask, what a cache answers and what a redactor takes out never gets there.
 *
 * @example
 * # policies/40-classifier.yaml
 * plugin: classifier
 * model: cheap
 * labels: { code: writing or fixing code, chat: everything else }
 */
export const classifier = definePlugin({
  name: 'classifier',
  summary: 'Tags requests with the label that a cheap model gives their last message.',
  schema,
  needs: ['clock', 'completions', 'models'],
  // A request without a label goes where it would go without the file.
  onFailure: 'open',
  timeoutMs: stepTimeoutMs,

  setup(options: ClassifierOptions, services) {
    if (options.timeout < 1 || options.timeout > maxTimeoutMs) {
      throw new Error(`timeout: expected 1ms to ${maxTimeoutMs / 1000}s; came ${options.timeout} ms`);
    }
    const judge = new Classifier(options, services);

    function decision({ label, source, why, asked }: Verdict): ContinueRoute {
      return {
        type: 'continue',
        tags: { [options.tag]: label },
        ...(why === null ? undefined : { reason: why }),
        details: {
          source,
          ...(asked && { target: asked.target, cost_nano_usd: asked.costNanoUsd, ms: asked.ms }),
        },
      };
    }

    return {
      route(ctx): ContinueRoute | Promise<ContinueRoute> | undefined {
        if (!apis.has(ctx.view.api)) return undefined;
        const verdict = judge.judge(ctx);
        return verdict instanceof Promise ? verdict.then(decision) : decision(verdict);
      },
    };
  },
});
