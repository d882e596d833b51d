import type { JsonObject } from '../../../sdk/json.ts';
import { Secret } from '../../../sdk/secret.ts';
import { isLoopback } from '../../config/exposure.ts';

/** How a gateway proves to Vault who it is. */
export type VaultLogin =
  | { readonly type: 'token'; readonly token: Secret }
  | { readonly type: 'kubernetes'; readonly role: string; readonly mount: string; readonly jwtFile: string }
  | {
      readonly type: 'approle';
      readonly roleId: Secret;
      readonly secretId: Secret | null;
      readonly mount: string;
    };

/** `secrets.vault` of the configuration. */
export interface VaultSettings {
  /** Scheme, host and port. */
  readonly origin: string;
  /** What the address has beyond them, without a slash at its end. */
  readonly basePath: string;
  readonly namespace: string | null;
  readonly login: VaultLogin;
  /** How often secrets are read again. */
  readonly refreshMs: number;
}

/**
 * Reads `secrets.vault`, already checked against the schema.
 *
 * @throws {Error} in words, without the address.
 */
export function vaultSettings(options: JsonObject): VaultSettings {
  const url = URL.parse(String(options['address']));
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.username !== '') {
    throw new Error('address: expected an address such as https://vault.example:8200, came something else');
  }
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && options['allow_http'] !== true) {
    throw new Error(
      'address: expected https://; over http everybody on the way can read the token and the secrets. ' +
        'Set allow_http: true where the network is your own',
    );
  }
  return {
    origin: url.origin,
    basePath: url.pathname.replace(/\/+$/, ''),
    namespace: (options['namespace'] as string | undefined) ?? null,
    login: loginOf(options),
    refreshMs: options['refresh'] as number,
  };
}

function loginOf(options: JsonObject): VaultLogin {
  const given = ['token', 'kubernetes', 'approle'].filter((name) => options[name] !== undefined);
  if (given.length !== 1) {
    const came = given.length === 0 ? 'none' : given.join(' and ');
    throw new Error(`expected one of token, kubernetes and approle; came ${came}`);
  }
  if (given[0] === 'token') return { type: 'token', token: new Secret(String(options['token']).trim()) };
  const own = options[given[0]!] as JsonObject;
  const mount = String(own['mount']).replace(/^\/+|\/+$/g, '');
  if (given[0] === 'kubernetes') {
    return { type: 'kubernetes', role: String(own['role']), mount, jwtFile: String(own['jwt_file']) };
  }
  const secretId = own['secret_id'];
  return {
    type: 'approle',
    roleId: new Secret(String(own['role_id'])),
    secretId: secretId === undefined ? null : new Secret(String(secretId)),
    mount,
  };
}

/** True where both name the same Vault and the same way in: then a client with its token can be kept. */
export function sameVault(a: VaultSettings, b: VaultSettings): boolean {
  return fingerprint(a) === fingerprint(b);
}

/** Never printed: it holds what was revealed. */
function fingerprint({ login, ...rest }: VaultSettings): string {
  const secrets =
    login.type === 'token'
      ? [login.token.reveal()]
      : login.type === 'approle'
        ? [login.roleId.reveal(), login.secretId?.reveal() ?? null]
        : [];
  return JSON.stringify([rest, login, secrets]);
}
