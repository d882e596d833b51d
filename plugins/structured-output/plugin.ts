import { type AnswerDecision, definePlugin, type Models, type RequestContext } from '../../sdk/index.ts';
import { Enforcer } from './enforcer.ts';
import { type StructuredOptions, schema } from './options.ts';
import { PassTransform } from './pass-transform.ts';
import { CheckThread } from './thread.ts';
import { type Wanted, wantedOf, wantsNothing } from './wanted.ts';

/** Checks and repairs have limits of their own; the step must not fail before them. */
const stepTimeoutMs = 300_000;
const maxCheckMs = 30_000;
const maxRepairMs = 60_000;

/** What one request wants, read when it is first asked for. */
class StructuredState {
  wanted: Wanted | null = null;
}

/**
 * Holds answers to the schema that their request asks for, whatever provider made them: checked, repaired by the model, or
 * refused with 422 `structured_output_invalid`.
 *
 * @example
 * # policies/70-structured.yaml
 * plugin: structured-output
 * repair: 1
 */
export const structuredOutput = definePlugin({
  name: 'structured-output',
  summary: 'Checks answers against the schema that was asked for, and has the model repair them.',
  schema,
  needs: ['clock', 'completions', 'models'],
  // Who asks for a schema relies on it.
  onFailure: 'closed',
  timeoutMs: stepTimeoutMs,
  streamMode: 'whole',

  setup(options: StructuredOptions, { clock, completions, models }) {
    checkOptions(options, models);
    const thread = new CheckThread({ maxSchemas: options.max_schemas }, options.time, clock);
    const enforcer = new Enforcer(options, thread, { clock, completions });
    const terms = { tools: options.tools, json: options.json_object };
    const wants = (ctx: RequestContext, state: StructuredState): Wanted => {
      state.wanted ??= wantedOf(ctx.view, terms);
      return state.wanted;
    };
    const isPassed = (ctx: RequestContext) => ctx.view.stream && options.stream === 'pass';
    return {
      state: () => new StructuredState(),
      onRequest(ctx, state: StructuredState) {
        const wanted = wants(ctx, state);
        return wanted === wantsNothing || enforcer.knows(wanted) ? undefined : enforcer.admit(wanted);
      },
      wants: (ctx, state: StructuredState) => wants(ctx, state) !== wantsNothing && !isPassed(ctx),
      transform(ctx, state: StructuredState) {
        const wanted = wants(ctx, state);
        if (wanted === wantsNothing || !isPassed(ctx)) return undefined;
        return new PassTransform((answer) => enforcer.check(wanted, answer), options.max_answer_chars);
      },
      afterResponse: (ctx, state: StructuredState, answer): Promise<AnswerDecision | undefined> =>
        enforcer.enforce(ctx, wants(ctx, state), answer),
      close: () => thread.close(),
    };
  },
});

/** @throws Error where an option is out of its range or names no model. */
function checkOptions({ time, repair_timeout, repair_model }: StructuredOptions, models: Models): void {
  if (time < 1 || time > maxCheckMs) throw new Error(`time: expected 1ms to 30s; came ${time} ms`);
  if (repair_timeout < 1 || repair_timeout > maxRepairMs) {
    throw new Error(`repair_timeout: expected 1ms to 60s; came ${repair_timeout} ms`);
  }
  if (repair_model === undefined || models.resolve(repair_model) !== undefined) return;
  const nearest = models.nearest(repair_model);
  const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
  throw new Error(
    `repair_model: "${repair_model}" is no alias and no provider/model of the configuration${hint}`,
  );
}
