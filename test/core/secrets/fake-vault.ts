import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { JsonObject } from '../../../sdk/json.ts';
import type { ScriptedReply } from '../../../sdk/testing/upstream.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';

interface Asked {
  readonly path: string;
  readonly token: string | null;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** A Vault as far as the gateway talks to one: key-value secrets of version 2, three logins, renewals. */
export class FakeVault {
  readonly asked: Asked[] = [];
  readonly secrets = new Map<string, JsonObject>();
  /** Tokens that work. */
  readonly tokens = new Set<string>();
  /** Statuses of the next answers, before anything is looked at. */
  readonly failures: number[] = [];
  leaseSeconds = 3600;
  renewable = true;
  renewSeconds: number | null = null;
  #made = 0;

  get paths(): readonly string[] {
    return this.asked.map(({ path }) => path);
  }

  answer(path: string, headers: Readonly<Record<string, string>>, text: string): ScriptedReply {
    const body = text === '' ? {} : (JSON.parse(text) as JsonObject);
    const token = headers['x-vault-token'] ?? null;
    const asked = path.replace(/^\/v1\//, '');
    this.asked.push({ path: asked, token, body, headers });
    const failure = this.failures.shift();
    if (failure !== undefined) return { status: failure, json: { errors: ['scripted'] } };
    if (/^auth\/[\w-]+\/login$/.test(asked)) return this.#login(body);
    if (token === null || !this.tokens.has(token)) {
      return { status: 403, json: { errors: ['permission denied'] } };
    }
    if (asked === 'auth/token/lookup-self') {
      return { json: { data: { ttl: this.leaseSeconds, renewable: this.renewable } } };
    }
    if (asked === 'auth/token/renew-self') {
      const lease = this.renewSeconds ?? this.leaseSeconds;
      return { json: { auth: { client_token: token, lease_duration: lease, renewable: true } } };
    }
    const data = this.secrets.get(asked);
    if (data === undefined) return { status: 404, json: { errors: [] } };
    return { json: { lease_duration: 0, data: { data, metadata: { version: 1 } } } };
  }

  /** For a scripted upstream. */
  readonly reply = ({ path, headers, body }: UpstreamRequest): ScriptedReply =>
    this.answer(path, headers, body.toString());

  /** On a port of the loopback. */
  async listen(): Promise<{ readonly url: string; close(): void }> {
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (bytes: Buffer) => (text += bytes.toString()));
      request.on('end', () => {
        const { status, json } = this.answer(request.url!, request.headers as Record<string, string>, text);
        response.writeHead(status ?? 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(json));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      close() {
        server.close();
        server.closeAllConnections();
      },
    };
  }

  #login({ role, jwt, role_id, secret_id }: JsonObject): ScriptedReply {
    const known =
      (role === 'sluice' && jwt === 'the-jwt') || (role_id === 'the-role' && secret_id === 'the-secret');
    if (!known) return { status: 400, json: { errors: ['invalid role or secret ID'] } };
    this.#made += 1;
    const token = `hvs.${this.#made}`;
    this.tokens.add(token);
    return {
      json: { auth: { client_token: token, lease_duration: this.leaseSeconds, renewable: this.renewable } },
    };
  }
}
