/** The tenant that a request is made for. */
export interface Tenant {
  readonly id: string;
  readonly plan: string;
  /** Where the tenant's data may be, such as `eu`; '' where it was not said. */
  readonly region: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** The virtual key that a request was made with. `id` never is the key itself. */
export interface ClientKey {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
}

/** Who makes a request. A plugin such as `keys` fills it in; until then it is anonymous. */
export interface Identity {
  readonly tenant: Tenant;
  readonly key: ClientKey;
  /** Hash of the end user's id; null where none was sent. */
  readonly user: string | null;
  readonly feature: string | null;
}

/** The identity of a request that no plugin has identified. */
export const anonymous: Identity = Object.freeze({
  tenant: Object.freeze({ id: 'default', plan: '', region: '', labels: Object.freeze({}) }),
  key: Object.freeze({ id: 'none', name: '', scopes: Object.freeze([]) as readonly string[] }),
  user: null,
  feature: null,
});
