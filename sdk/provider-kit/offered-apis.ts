import type { Failure, UpstreamAnswer } from '../provider.ts';
import type { Clock, Log } from '../services.ts';
import type { OfferedApi } from './openai-apis.ts';

/** How long a server is believed to lack an API before it is asked again: servers are upgraded. */
const relearnMs = 600_000;

/**
 * Which APIs a compatible server has. Where the configuration does not say, newer APIs are assumed and the server is
 * believed when it shows otherwise: a client's own API then passes untouched wherever it is there, and is translated
 * where it is not, without anybody having to know which.
 */
export class OfferedApis {
  readonly #known: ReadonlySet<OfferedApi>;
  readonly #assumed: ReadonlySet<OfferedApi>;
  readonly #clock: Clock;
  readonly #log: Log;
  /** When to ask again, by the monotonic clock. */
  readonly #missingUntilMs = new Map<OfferedApi, number>();

  /**
   * @param known what the server has for certain.
   * @param assumed what it is asked for until it turns out that it has not; empty where the configuration names `apis`.
   */
  constructor(
    known: readonly OfferedApi[],
    assumed: readonly OfferedApi[],
    services: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#known = new Set(known);
    this.#assumed = new Set(assumed);
    this.#clock = services.clock;
    this.#log = services.log;
  }

  has(api: OfferedApi): boolean {
    const untilMs = this.#missingUntilMs.get(api);
    if (untilMs !== undefined) {
      if (this.#clock.monotonic() < untilMs) return false;
      this.#missingUntilMs.delete(api);
    }
    return this.#known.has(api) || this.#assumed.has(api);
  }

  /** Learns from a failure: an endpoint that is not there, or one that answers in the words of the other API. */
  notice(wire: string | undefined, { status, body }: UpstreamAnswer, { code }: Failure): void {
    if (wire === undefined || !this.#assumed.has(wire as OfferedApi)) return;
    const absent = (status === 404 || status === 405 || status === 501) && code !== 'model_not_found';
    if (wire === 'input_tokens') {
      if (absent || (status < 300 && speaks(body) !== null)) this.#missed(wire, 'an estimate');
      return;
    }
    const other = wire === 'responses' ? 'chat' : 'responses';
    if (!this.has(other)) return;
    const speaksOther = status >= 200 && status < 300 && speaks(body) === other;
    // A wrong address answers 404 to everything: only the newer of the two APIs is doubted for that.
    if (speaksOther || (absent && wire === 'responses')) this.#missed(wire as OfferedApi, other);
  }

  #missed(api: OfferedApi, instead: string): void {
    this.#missingUntilMs.set(api, this.#clock.monotonic() + relearnMs);
    this.#log.info({ api, instead }, 'the server does not have this API; for a while it is not asked for it');
  }
}

/** The API that an answer, or an event of it, is written in; null where it does not show. */
function speaks(body: string): 'chat' | 'responses' | null {
  // Within a text these quotes would have backslashes before them.
  if (body.includes('"choices"')) return 'chat';
  return /"object"\s*:\s*"response"|"type"\s*:\s*"response\./.test(body) ? 'responses' : null;
}
