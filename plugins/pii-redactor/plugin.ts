import { definePlugin } from '../../sdk/index.ts';
import { AnswerTransform } from './answer-transform.ts';
import { maskKeptTexts } from './kept-texts.ts';
import { type PiiOptions, schema } from './options.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { Replacer, Tally } from './replacer.ts';
import { RequestRedaction } from './request.ts';
import { TenantSettings } from './settings.ts';

/** What one request is redacted with. */
export class PiiState {
  readonly names = new Pseudonyms();
  /** What was found in the answer. */
  readonly answer = new Tally();
}

/**
 * Finds personal data and secrets in requests and answers, and masks, replaces, restores, blocks or counts them. Nothing
 * that it finds is logged or recorded, only how many of each kind.
 *
 * @example
 * # policies/15-pii.yaml
 * plugin: pii-redactor
 * action: restore
 * rules: [{ type: card, action: block }]
 */
export const piiRedactor = definePlugin({
  name: 'pii-redactor',
  summary: 'Keeps personal data and secrets from providers, and puts them back into answers.',
  schema,
  needs: ['log'],
  // What could not be examined must not leave.
  onFailure: 'closed',
  // How much is held back follows from the options.
  streamMode: 'by-options',

  setup(options: PiiOptions, { log }) {
    const settings = new TenantSettings(options);
    return {
      streamMode: 'chunk',
      holdBackChars: settings.holdBackChars,
      state: () => new PiiState(),
      onRequest(ctx, { names }: PiiState) {
        const replacer = new Replacer(settings.of(ctx.identity.tenant.id), names);
        return new RequestRedaction(ctx, replacer).decide(options);
      },
      afterResponse(ctx, { names, answer }: PiiState) {
        const own = settings.of(ctx.identity.tenant.id);
        if (!names.restores && !own.actsOnAnswers) return undefined;
        return new AnswerTransform(new Replacer(own, names, answer), options.reasoning);
      },
      masks: ({ identity }) => maskKeptTexts(settings.of(identity.tenant.id)),
      settled({ requestId }, { answer }: PiiState) {
        if (answer.size === 0) return;
        // An answer that breaks off has no end that could carry tags.
        log.info(
          { request_id: requestId, pii: Object.fromEntries(answer.counts) },
          'personal data in an answer',
        );
      },
    };
  },
});
