import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import type { Secret } from '../../../sdk/secret.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { Transport } from '../../../sdk/transport.ts';
import { stayAwake } from '../../services/awake.ts';
import { SecretError } from '../source.ts';
import type { VaultSettings } from './settings.ts';

const limits = { connectMs: 5_000, headMs: 5_000, stallMs: 5_000 };
/** From the beginning of a try to the end of its answer. */
const tryMs = 10_000;
/** Before the second try and the third. */
const waitsMs: readonly number[] = [200, 1_000];
const maxAnswerBytes = 1_048_576;
/** Statuses of Vault that pass: overload, a standby that is not ready, a node that starts or is sealed for a moment. */
const passing: ReadonlySet<number> = new Set([412, 429, 472, 473, 500, 502, 503, 504]);

export interface VaultServices {
  readonly http: Transport;
  readonly clock: Clock;
}

/** What Vault answered: `body` is `{}` where it was no JSON object. */
export interface VaultAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

type Tried = { readonly answer: VaultAnswer } | { readonly problem: string };

/** Calls of Vault's HTTP API, three tries each. Errors name neither the address nor what was sent. */
export class VaultCalls {
  readonly #settings: VaultSettings;
  readonly #services: VaultServices;
  #closed = false;
  readonly #stops = new Set<() => void>();

  constructor(settings: VaultSettings, services: VaultServices) {
    this.#settings = settings;
    this.#services = services;
  }

  /**
   * @param path below `/v1/`, such as `auth/token/renew-self`.
   * @throws {SecretError} where Vault could not be reached, or answered after three tries with a status that passes.
   */
  send(path: string, token: Secret | null, body?: JsonObject): Promise<VaultAnswer> {
    return stayAwake(this.#send(path, token, body));
  }

  /** Breaks off what is under way. */
  close(): void {
    this.#closed = true;
    for (const stop of [...this.#stops]) stop();
  }

  async #send(path: string, token: Secret | null, body?: JsonObject): Promise<VaultAnswer> {
    let problem = '';
    for (let tried = 0; tried <= waitsMs.length; tried += 1) {
      if (tried > 0) await this.#pause(waitsMs[tried - 1]!);
      if (this.#closed) throw new SecretError('the gateway is closing');
      const outcome = await this.#try(path, token, body);
      if (!('answer' in outcome)) problem = outcome.problem;
      else if (!passing.has(outcome.answer.status)) return outcome.answer;
      else problem = `it answered with status ${outcome.answer.status}${sealed(outcome.answer)}`;
    }
    throw new SecretError(`Vault gave no answer in ${waitsMs.length + 1} tries: ${problem}`);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        cancel();
        this.#stops.delete(end);
        resolve();
      };
      const cancel = this.#services.clock.after(ms, end);
      this.#stops.add(end);
    });
  }

  #try(path: string, token: Secret | null, body: JsonObject | undefined): Promise<Tried> {
    const { http, clock } = this.#services;
    const { origin, basePath, namespace } = this.#settings;
    return new Promise((resolve) => {
      let status = 0;
      let bytes = 0;
      const pieces: Buffer[] = [];
      const end = (outcome: Tried) => {
        cancel();
        this.#stops.delete(stop);
        resolve(outcome);
      };
      const giveUp = (problem: string) => {
        call.abort();
        end({ problem });
      };
      const stop = () => giveUp('the gateway is closing');
      this.#stops.add(stop);
      const cancel = clock.after(tryMs, () => giveUp(`no whole answer within ${tryMs / 1000} seconds`));
      const call = http.send(
        {
          method: body === undefined ? 'GET' : 'POST',
          origin,
          path: `${basePath}/v1/${path}`,
          headers: {
            // Vault's own agents send it, and proxies in front of Vault can be told to demand it.
            'x-vault-request': 'true',
            'content-type': 'application/json',
            ...(token === null ? undefined : { 'x-vault-token': token.reveal() }),
            ...(namespace === null ? undefined : { 'x-vault-namespace': namespace }),
          },
          body: body === undefined ? '' : JSON.stringify(body),
        },
        limits,
        {
          onHead(code) {
            status = code;
          },
          onData(piece) {
            bytes += piece.length;
            if (bytes > maxAnswerBytes) giveUp('its answer is longer than a megabyte');
            else pieces.push(piece);
          },
          onEnd: () => end({ answer: { status, body: jsonOf(Buffer.concat(pieces).toString('utf8')) } }),
          // Its message may name the address.
          onFailure: ({ kind }) => end({ problem: failures[kind] }),
        },
      );
    });
  }
}

function sealed({ status, body }: VaultAnswer): string {
  const errors = Array.isArray(body['errors']) ? body['errors'] : [];
  return status === 503 && errors.includes('Vault is sealed') ? ' (it is sealed)' : '';
}

function jsonOf(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value as JsonObject) ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}

const failures = {
  connect: 'no connection',
  timeout: 'no answer in time',
  cut: 'the connection broke',
} as const;
