import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../sdk/json.ts';

/** One recorded answer of a provider, with what it means. */
export interface FixtureCase {
  readonly name: string;
  readonly api: 'chat' | 'completions' | 'embeddings';
  readonly meta: JsonObject;
  readonly facts: Facts;
  readonly request: Buffer | null;
  /** The answer's bytes: a stream's, or a JSON body's. */
  readonly response: Buffer;
  readonly stream: boolean;
}

export interface Facts {
  readonly text?: string;
  readonly reasoning?: string;
  readonly refusal?: string;
  readonly tool_calls?: readonly {
    readonly id: string | null;
    readonly name: string;
    readonly arguments: unknown;
  }[];
  readonly finish?: string;
  readonly choices?: readonly { readonly index: number; readonly text: string; readonly finish: string }[];
  readonly usage?: Readonly<Record<string, number>>;
  readonly error?: JsonObject;
  readonly done_marker?: boolean;
  readonly embeddings?: number;
}

const apis: Readonly<Record<string, FixtureCase['api']>> = {
  'chat.completions': 'chat',
  completions: 'completions',
  embeddings: 'embeddings',
};

/** The project's own cases. */
export const ownFixtures = join(import.meta.dirname, '../../fixtures');
/** Recorded provider traffic, where it lies beside the checkout; it is not part of the project. */
export const sharedFixtures = join(import.meta.dirname, '../../../../shared/fixtures/providers');

/** All cases of the OpenAI dialects under a folder of `<provider>/<case>/` folders; none where it is absent. */
export function loadCases(root: string): FixtureCase[] {
  if (!existsSync(root)) return [];
  const cases: FixtureCase[] = [];
  for (const provider of readdirSync(root)) {
    for (const folder of readdirSync(join(root, provider))) {
      const at = join(root, provider, folder);
      if (!existsSync(join(at, 'meta.json'))) continue;
      const meta = JSON.parse(readFileSync(join(at, 'meta.json'), 'utf8')) as JsonObject;
      const api = apis[String(meta['api'])];
      if (api === undefined) continue;
      const stream = existsSync(join(at, 'response.sse'));
      cases.push({
        name: `${provider}/${folder}`,
        api,
        meta,
        stream,
        facts: JSON.parse(readFileSync(join(at, 'facts.json'), 'utf8')) as Facts,
        request: existsSync(join(at, 'request.json')) ? readFileSync(join(at, 'request.json')) : null,
        response: readFileSync(join(at, stream ? 'response.sse' : 'response.json')),
      });
    }
  }
  return cases;
}
