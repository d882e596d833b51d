import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { JsonObject } from '../../../../sdk/json.ts';

/** One recorded answer of Anthropic's. */
export interface MessagesCase {
  readonly name: string;
  readonly api: string;
  readonly facts: JsonObject;
  readonly request: Buffer | null;
  readonly response: Buffer;
  readonly stream: boolean;
}

const folder = join(import.meta.dirname, '../../../../../shared/fixtures/providers/anthropic');

/** Recorded traffic, where it lies beside the checkout; it is not part of the project. */
export function messagesCases(): MessagesCase[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder).map((name) => {
    const at = join(folder, name);
    const read = (file: string) => readFileSync(join(at, file));
    const stream = existsSync(join(at, 'response.sse'));
    return {
      name,
      api: String((JSON.parse(read('meta.json').toString()) as JsonObject)['api']),
      facts: JSON.parse(read('facts.json').toString()) as JsonObject,
      request: existsSync(join(at, 'request.json')) ? read('request.json') : null,
      response: read(stream ? 'response.sse' : 'response.json'),
      stream,
    };
  });
}

/** For tests that need the recorded traffic. */
export const skipCases = existsSync(folder) ? false : 'there is no recorded traffic beside this checkout';
