import type { JsonObject } from '../../sdk/json.ts';

/** An answer to a question of a suite. */
export interface Answer {
  readonly text: string;
  /** The target that answered. */
  readonly model: string;
  readonly policyVersion: string | null;
  /** Null where nobody knows. */
  readonly costUsd: number | null;
  readonly latencyMs: number;
  readonly tokens: number | null;
}

/** The gateway refused, or could not be asked. The message is its own. */
export class AskError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'AskError';
  }
}

/** Asks one question. @throws AskError */
export type Ask = (body: JsonObject) => Promise<Answer>;

export interface AskOptions {
  /** Sends a request to a gateway: over HTTP, or to one in this process. */
  readonly send: (request: Request) => Promise<Response>;
  readonly url: string;
  /** A function is asked at each question: keys change while a suite runs. */
  readonly key: string | null | (() => string | null);
  readonly nowMs: () => number;
}

/** Asks a gateway, past its cache: a suite wants to know what the model says today. */
export function askGatewayAt({ send, url, key, nowMs }: AskOptions): Ask {
  return async (body) => {
    const startedMs = nowMs();
    const bearer = typeof key === 'function' ? key() : key;
    let response: Response;
    let text: string;
    try {
      response = await send(
        new Request(`${url}/v1/chat/completions`, {
          method: 'POST',
          headers: {
            'content-type': 'application/json',
            'x-sluice-cache': 'bypass',
            ...(bearer === null ? {} : { authorization: `Bearer ${bearer}` }),
          },
          body: JSON.stringify(body),
        }),
      );
      text = await response.text();
    } catch (error) {
      throw new AskError(`no gateway answers at ${url} (${(error as Error).message})`);
    }
    const latencyMs = nowMs() - startedMs;
    const json = objectOf(text);
    if (response.status !== 200) {
      const { message } = (json['error'] ?? {}) as { message?: unknown };
      throw new AskError(`${response.status}: ${typeof message === 'string' ? message : 'no error message'}`);
    }
    const cost = response.headers.get('x-gateway-cost-usd');
    const { total_tokens: tokens } = (json['usage'] ?? {}) as { total_tokens?: unknown };
    return {
      text: contentOf(json),
      model: response.headers.get('x-gateway-model-resolved') ?? String(json['model'] ?? ''),
      policyVersion: response.headers.get('x-gateway-policy-version'),
      costUsd: cost === null || Number.isNaN(Number(cost)) ? null : Number(cost),
      latencyMs,
      tokens: typeof tokens === 'number' ? tokens : null,
    };
  };
}

function objectOf(text: string): JsonObject {
  try {
    const value = JSON.parse(text) as unknown;
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

/** The text of the first choice; its calls as JSON where it has no text. */
function contentOf(json: JsonObject): string {
  const [choice] = (json['choices'] ?? []) as readonly {
    message?: { content?: unknown; tool_calls?: unknown };
  }[];
  const { content, tool_calls: calls } = choice?.message ?? {};
  if (typeof content === 'string' && content !== '') return content;
  return calls === undefined ? '' : JSON.stringify(calls);
}
