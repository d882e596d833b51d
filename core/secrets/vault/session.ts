import { isJsonObject, type JsonObject } from '../../../sdk/json.ts';
import { Secret } from '../../../sdk/secret.ts';
import type { Cancel, Clock, Log } from '../../../sdk/services.ts';
import type { ReadText } from '../file-source.ts';
import { whyUnreadable } from '../file-source.ts';
import { SecretError } from '../source.ts';
import type { VaultAnswer, VaultCalls } from './calls.ts';
import type { VaultLogin } from './settings.ts';

/** Timers count in 31 bits. */
const maxTimerMs = 2_147_483_647;
/** After a renewal of a token that nobody can log in anew for. */
const againMs = 30_000;

export interface SessionOptions {
  readonly calls: VaultCalls;
  readonly login: VaultLogin;
  readonly readFile: ReadText;
  readonly clock: Clock;
  log(): Log;
}

interface Lease {
  readonly token: Secret;
  /** 0 where it does not end. */
  readonly ttlMs: number;
  readonly renewable: boolean;
}

/**
 * The token that secrets are read with. It is renewed when two thirds of its time are over; where that cannot be, the next
 * call logs in anew. Logins under way are shared.
 */
export class VaultSession {
  readonly #options: SessionOptions;
  #lease: Promise<Lease> | null = null;
  #cancel: Cancel | null = null;
  #closed = false;

  constructor(options: SessionOptions) {
    this.#options = options;
  }

  /** @throws {SecretError} where Vault does not let us in. */
  async token(): Promise<Secret> {
    this.#lease ??= this.#begin();
    const mine = this.#lease;
    try {
      return (await mine).token;
    } catch (error) {
      if (this.#lease === mine) this.#lease = null;
      throw error;
    }
  }

  /** The token was refused. @returns whether another one can be had. */
  refused(): boolean {
    this.#cancel?.();
    this.#lease = null;
    return this.#options.login.type !== 'token';
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #begin(): Promise<Lease> {
    const { login } = this.#options;
    const lease = login.type === 'token' ? await this.#lookUp(login.token) : await this.#logIn(login);
    this.#schedule(lease);
    return lease;
  }

  /** How long a token lasts that was given to us. One that may not even ask is used as it is. */
  async #lookUp(token: Secret): Promise<Lease> {
    const { status, body } = await this.#options.calls.send('auth/token/lookup-self', token);
    const data = isJsonObject(body['data']) ? body['data'] : {};
    if (status !== 200) return { token, ttlMs: 0, renewable: false };
    return { token, ttlMs: seconds(data['ttl']), renewable: data['renewable'] === true };
  }

  async #logIn(login: Exclude<VaultLogin, { type: 'token' }>): Promise<Lease> {
    const body = login.type === 'kubernetes' ? await this.#kubernetes(login) : appRole(login);
    const answer = await this.#options.calls.send(`auth/${login.mount}/login`, null, body);
    const lease = leaseOf(answer);
    if (lease !== null) return lease;
    throw new SecretError(
      `Vault refused the ${login.type} login at auth/${login.mount} with status ${answer.status}; check its role and that the method is enabled there`,
    );
  }

  async #kubernetes({ role, jwtFile }: { role: string; jwtFile: string }): Promise<JsonObject> {
    try {
      // Read at each login: the kubelet replaces it long before it ends.
      return { role, jwt: (await this.#options.readFile(jwtFile)).trim() };
    } catch (error) {
      throw new SecretError(`the service account's token ${jwtFile} ${whyUnreadable(error)}`);
    }
  }

  #schedule({ token, ttlMs, renewable }: Lease): void {
    if (ttlMs <= 0 || this.#closed) return;
    this.#cancel?.();
    const delayMs = Math.min((ttlMs * 2) / 3, maxTimerMs);
    this.#cancel = this.#options.clock.after(delayMs, () => void this.#renew(token, ttlMs, renewable));
  }

  async #renew(token: Secret, ttlMs: number, renewable: boolean): Promise<void> {
    const { calls, log, login, clock } = this.#options;
    let renewed: Lease | null = null;
    let problem = 'it cannot be renewed';
    if (renewable) {
      try {
        const answer = await calls.send('auth/token/renew-self', token, {});
        renewed = leaseOf(answer, token);
        problem = `status ${answer.status}`;
      } catch (error) {
        problem = error instanceof SecretError ? error.message : 'the call failed';
      }
    }
    if (this.#closed) return;
    // Near its longest life a renewal gives less and less: then a new token is due, where one can be had.
    const dwindling = renewed !== null && renewed.ttlMs < ttlMs / 2;
    if (renewed !== null && !(dwindling && login.type !== 'token')) {
      this.#lease = Promise.resolve(renewed);
      this.#schedule({ ...renewed, ttlMs: Math.max(renewed.ttlMs, 1_000) });
      return;
    }
    if (login.type !== 'token') {
      this.#lease = null;
      return;
    }
    log().warn({ source: 'vault', problem }, 'the Vault token was not renewed; replace it before it ends');
    if (renewable) {
      this.#cancel = clock.after(Math.min(againMs, ttlMs), () => void this.#renew(token, ttlMs, renewable));
    }
  }
}

function appRole({
  roleId,
  secretId,
}: {
  readonly roleId: Secret;
  readonly secretId: Secret | null;
}): JsonObject {
  return {
    role_id: roleId.reveal(),
    ...(secretId === null ? undefined : { secret_id: secretId.reveal() }),
  };
}

function leaseOf({ status, body }: VaultAnswer, known?: Secret): Lease | null {
  const auth = body['auth'];
  if (status !== 200 || !isJsonObject(auth)) return null;
  const token = auth['client_token'];
  if (typeof token !== 'string' && known === undefined) return null;
  return {
    token: typeof token === 'string' && token !== '' ? new Secret(token) : known!,
    ttlMs: seconds(auth['lease_duration']),
    renewable: auth['renewable'] === true,
  };
}

/** Whole seconds as Vault writes them, in milliseconds. */
function seconds(value: unknown): number {
  return typeof value === 'number' && value > 0 ? value * 1000 : 0;
}
