import type { TestGateway } from '../../core/testing.ts';
import type { Trace } from '../../sdk/trace.ts';
import type { ProviderCase } from './fixture.ts';
import type { Ask, Front } from './fronts.ts';
import { providerOf } from './gateway.ts';

/** What one client got for one case. */
export interface Outcome {
  readonly response: Response;
  readonly text: string;
  /** The decision record. Reading it fails the test where there is none. */
  readonly trace: Trace;
}

/** Where one client stands to one case. */
export interface Situation {
  readonly kit: TestGateway;
  readonly fixture: ProviderCase;
  readonly front: Front;
  readonly stream: boolean;
}

export function askOf(
  { fixture, stream }: Pick<Situation, 'fixture' | 'stream'>,
  provider = providerOf(fixture),
): Ask {
  const tools = [...new Set((fixture.facts.tool_calls ?? []).map((call) => call.name))];
  return { model: `${provider}/${fixture.model}`, stream, tools };
}

/** Sends a request that the case answers. Nothing may hang: the clock stands still, so an answer comes at once. */
export async function answerTo(
  { kit, fixture }: Situation,
  path: string,
  body: unknown,
  bytes: readonly Buffer[] = [fixture.bytes],
): Promise<Outcome> {
  kit.upstream.calls.length = 0;
  // Not queued: a request that never gets here must not leave its answer to the next one.
  kit.upstream.otherwise(() => ({ status: fixture.status, headers: fixture.headers, bytes }));
  const response = await inTime(kit.post(path, body));
  const text = await inTime(response.text());
  return {
    response,
    text,
    get trace() {
      return kit.trace(response);
    },
  };
}

export async function inTime<T>(work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error('nothing came within 5 s')), 5000);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** The same dialect on both sides: nothing is translated. */
export function passesThrough({ fixture, front }: Situation): boolean {
  return fixture.api === front.api;
}
