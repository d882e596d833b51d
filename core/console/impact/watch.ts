import type { RequestContext } from '../../../sdk/context.ts';
import type { RequestView } from '../../../sdk/view.ts';

/** What is known of a recorded request beyond its names: what rules saw of it when it came. */
export interface KnownFacts {
  readonly tokensIn: boolean;
  /** False where somebody may have said more of tenant and key than their ids. */
  readonly identity: boolean;
  readonly plan: boolean;
  readonly region: boolean;
  /** Lower-case names. */
  readonly headers: ReadonlySet<string>;
}

/** Notes that somebody looked at what no record holds. */
export interface Watch {
  readonly known: KnownFacts;
  /** A fact that is not known was read. */
  missing(): void;
  /** Tags were read. */
  tagsRead(): void;
}

const alwaysKnown: ReadonlySet<string | symbol> = new Set(['api', 'model', 'stream']);

/** A context that tells when something is read that a decision record does not hold. */
export function watched<Context extends RequestContext>(ctx: Context, watch: Watch): Context {
  return new Proxy(ctx, {
    get(target, name) {
      // Contexts keep what they know in private fields: they are read as themselves.
      const value: unknown = Reflect.get(target, name, target);
      switch (name) {
        case 'view':
          return watchedView(value as RequestView, watch);
        case 'headers':
          return watchedHeaders(value as RequestContext['headers'], watch);
        case 'identity':
          return watchedIdentity(value as RequestContext['identity'], watch);
        case 'tags':
          watch.tagsRead();
          return value;
        case 'ip':
          watch.missing();
          return value;
        default:
          return value;
      }
    },
  });
}

function watchedView(view: RequestView, watch: Watch): RequestView {
  return new Proxy(view, {
    get(target, name) {
      const isKnown = alwaysKnown.has(name) || (name === 'inputTokens' && watch.known.tokensIn);
      if (!isKnown) watch.missing();
      return Reflect.get(target, name, target) as unknown;
    },
  });
}

function watchedHeaders(headers: RequestContext['headers'], watch: Watch): RequestContext['headers'] {
  const look = (name: string | symbol) => {
    if (typeof name !== 'string' || !watch.known.headers.has(name)) watch.missing();
  };
  return new Proxy(headers, {
    get(target, name) {
      look(name);
      return Reflect.get(target, name) as unknown;
    },
    getOwnPropertyDescriptor(target, name) {
      look(name);
      return Reflect.getOwnPropertyDescriptor(target, name);
    },
    has(target, name) {
      look(name);
      return Reflect.has(target, name);
    },
    ownKeys(target) {
      watch.missing();
      return Reflect.ownKeys(target);
    },
  });
}

function watchedIdentity(identity: RequestContext['identity'], watch: Watch): RequestContext['identity'] {
  const { known } = watch;
  if (known.identity) return identity;
  const part = <Part extends object>(value: Part, isKnown: (name: string | symbol) => boolean): Part =>
    new Proxy(value, {
      get(target, name) {
        if (!isKnown(name)) watch.missing();
        return Reflect.get(target, name) as unknown;
      },
    });
  return {
    ...identity,
    tenant: part(
      identity.tenant,
      (name) => name === 'id' || (name === 'plan' && known.plan) || (name === 'region' && known.region),
    ),
    key: part(identity.key, (name) => name === 'id'),
  };
}
