import type { Completions } from '../../sdk/completions.ts';
import {
  type Answer,
  type AnswerDecision,
  type Api,
  type Constraint,
  definePlugin,
  type Models,
  type RequestContext,
  type RequestDecision,
  type Services,
} from '../../sdk/index.ts';
import { type Judge, ModelJudge, WebhookJudge } from './judges.ts';
import { Moderator } from './moderator.ts';
import { type ModerationOptions, type Stage, schema } from './options.ts';
import { PassTransform } from './pass-transform.ts';
import { Webhook } from './webhook.ts';

const answered: ReadonlySet<Api> = new Set(['chat', 'completions', 'messages', 'responses']);
/** Longer than any `timeout` below. */
const stepTimeoutMs = 70_000;
const maxTimeoutMs = 60_000;

interface ModerationServices {
  readonly clock: Services['clock'];
  readonly completions: Completions;
  readonly http: Services['http'];
  readonly models: Models;
}

/**
 * Has a model or a webhook judge requests and answers, and refuses those that fall under categories. It keeps and logs no
 * text. Without a judgement in time it does what `on_failure` says: refuse, by default.
 *
 * @example
 * # policies/25-moderation.yaml
 * plugin: moderation
 * model: cheap
 * deny: [sexual_minors, self_harm, illicit]
 */
export const moderation = definePlugin({
  name: 'moderation',
  summary:
    'Has a model or a webhook judge requests and answers, and refuses what falls under its categories.',
  schema,
  secrets: ['webhook', 'webhook_token'],
  needs: ['clock', 'completions', 'http', 'models'],
  onFailure: 'closed',
  timeoutMs: stepTimeoutMs,
  streamMode: 'by-options',

  setup(options: ModerationOptions, services) {
    if (options.timeout < 1 || options.timeout > maxTimeoutMs) {
      throw new Error(`timeout: expected 1ms to 60s; came ${options.timeout} ms`);
    }
    const moderator = new Moderator(options, judgeOf(options, services), services.clock);
    const roles: ReadonlySet<string> = new Set(options.roles);
    const judge = async (ctx: RequestContext, stage: Stage, texts: readonly string[]) => {
      const { categories } = await moderator.judge(ctx, stage, texts);
      if (categories.length === 0) return undefined;
      return (
        moderator.refusal(stage, categories) ?? {
          type: 'continue' as const,
          tags: { moderation: categories.join(',') },
        }
      );
    };
    const judgeAnswer = (ctx: RequestContext, { choices }: Answer): Promise<AnswerDecision | undefined> =>
      judge(
        ctx,
        'answer',
        choices.flatMap(({ text, reasoning, refusal, toolCalls }) => [
          text,
          reasoning,
          refusal,
          ...toolCalls.map((call) => call.arguments),
        ]),
      );
    const onRequest = !options.on.includes('request')
      ? undefined
      : {
          onRequest(ctx: RequestContext): Promise<RequestDecision | undefined> | undefined {
            if (ctx.view.api === 'count_tokens') return undefined;
            return judge(
              ctx,
              'request',
              ctx.view.texts.filter(({ role }) => roles.has(role)).map(({ text }) => text),
            );
          },
        };
    if (!options.on.includes('answer')) return { ...onRequest };
    const isPassed = (ctx: RequestContext) => ctx.view.stream && options.stream === 'pass';
    return {
      ...onRequest,
      streamMode: 'whole' as const,
      wants: (ctx) => answered.has(ctx.view.api) && !isPassed(ctx),
      transform: (ctx) =>
        answered.has(ctx.view.api) && isPassed(ctx)
          ? new PassTransform(async (answer) => {
              const decision = await judgeAnswer(ctx, answer);
              return decision?.type === 'deny'
                ? decision
                : decision && { type: 'continue', tags: decision.tags ?? {} };
            }, options.max_chars * options.max_questions)
          : undefined,
      afterResponse: (ctx, _state, answer) => judgeAnswer(ctx, answer),
    };
  },
});

/** @throws Error where the file names no judge, or two, or one that is not there. */
function judgeOf(options: ModerationOptions, { completions, http, models }: ModerationServices): Judge {
  const { model, webhook, webhook_token, timeout, keep_region } = options;
  if ((model === undefined) === (webhook === undefined)) {
    throw new Error(
      `expected one of model and webhook, came ${model === undefined ? 'neither' : 'both'}: say who is to judge`,
    );
  }
  if (webhook !== undefined) return new WebhookJudge(new Webhook(webhook, webhook_token, http, timeout));
  if (models.resolve(model!) === undefined) {
    const nearest = models.nearest(model!);
    const hint = nearest === undefined ? '' : `; did you mean "${nearest}"?`;
    throw new Error(`model: "${model}" is no alias and no provider/model of the configuration${hint}`);
  }
  const onlyFor = (region: string): Constraint => (keep_region && region !== '' ? { region: [region] } : {});
  return new ModelJudge(completions, model!, options, onlyFor);
}
