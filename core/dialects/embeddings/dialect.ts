import { GatewayError } from '../../../sdk/errors.ts';
import type { Dialect } from '../dialect.ts';
import { checkCommon } from '../openai/check.ts';
import { commonEdits } from '../openai/edits.ts';
import { checkInputs } from '../openai/inputs.ts';
import { TextRequestView } from '../openai/text-view.ts';
import { openAiErrorBody } from '../openai-error.ts';
import { EmbeddingsCodec } from './codec.ts';

/** OpenAI embeddings: `POST /v1/embeddings`. Nothing is generated: system texts and output limits mean nothing here. */
export const embeddingsDialect: Dialect = {
  name: 'embeddings',
  api: 'embeddings',
  validate: (body) => {
    checkCommon(body);
    checkInputs(body, 'input');
    if (body['stream'] === true) {
      throw new GatewayError('unsupported_parameter', 'stream: embeddings are not streamed; leave it out.', {
        param: 'stream',
      });
    }
  },
  view: (body) => new TextRequestView('embeddings', body.value),
  edits: commonEdits,
  usageEdits: () => [],
  wantsUsage: () => true,
  answerId: (requestId) => `embd-${requestId.slice(4)}`,
  codec: (meta) => new EmbeddingsCodec(meta),
  errorBody: openAiErrorBody,
};
