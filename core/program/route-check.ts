import type { PluginRoute } from '../../sdk/plugin-route.ts';
import type { Step } from './step.ts';

/** First segments of the gateway's own paths, those with an optional `/v1` included. */
const ownRoots: ReadonlySet<string> = new Set([
  'chat',
  'completions',
  'cost',
  'decisions',
  'embeddings',
  'evals',
  'health',
  'key',
  'messages',
  'metrics',
  'models',
  'playground',
  'policies',
  'responses',
  'spend',
  'v1',
]);

const methods: ReadonlySet<unknown> = new Set(['GET', 'POST', 'DELETE']);
const segment = /^(?::[a-z][a-z0-9_]*|[a-z0-9][a-z0-9._-]*)$/;

/**
 * Checks the routes that a plugin returns.
 *
 * @throws Error in words for the author.
 */
export function checkRoutes(plugin: string, routes: unknown): void {
  if (!Array.isArray(routes)) {
    throw new Error(`plugin "${plugin}": expected "routes" to be a list; came ${typeof routes}`);
  }
  for (const { method, path, access, handle } of routes as readonly Partial<PluginRoute>[]) {
    const place = `plugin "${plugin}", route ${String(method)} ${String(path)}`;
    if (!methods.has(method)) throw new Error(`${place}: expected method GET, POST or DELETE`);
    if (access !== 'admin' && access !== 'client') {
      throw new Error(`${place}: expected access "admin" or "client"; came ${JSON.stringify(access)}`);
    }
    if (typeof handle !== 'function') throw new Error(`${place}: expected "handle" to be a function`);
    const parts = typeof path === 'string' && path.startsWith('/') ? bare(path).slice(1).split('/') : [];
    if (parts.length === 0 || !parts.every((part) => segment.test(part))) {
      throw new Error(
        `${place}: expected a path of lower-case segments and :names, such as /v1/prompts/:name`,
      );
    }
    if (ownRoots.has(parts[0]!) || parts[0]!.startsWith(':')) {
      throw new Error(`${place}: paths that begin so are the gateway's own; choose another first segment`);
    }
  }
}

/**
 * Two plugins that answer the same request: one of them would never be asked.
 *
 * @returns what is wrong, null where nothing is.
 */
export function routeClash(routes: readonly PluginRoute[], others: readonly Step[]): string | null {
  for (const route of routes) {
    for (const { file, routes: taken = [] } of others) {
      const same = taken.find(
        ({ method, path }) => method === route.method && shape(path) === shape(route.path),
      );
      if (same !== undefined) return `${route.method} ${route.path} is answered by ${file} already`;
    }
  }
  return null;
}

/** What two paths have in common that fit the same requests, as far as names of parameters go. */
function shape(path: string): string {
  return bare(path)
    .split('/')
    .map((part) => (part.startsWith(':') ? ':' : part))
    .join('/');
}

function bare(path: string): string {
  return path.startsWith('/v1/') ? path.slice(3) : path;
}
