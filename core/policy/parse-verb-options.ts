import type { AttemptChanges } from '../../sdk/change.ts';
import type { Json } from '../../sdk/json.ts';
import type { ChainRule, Constraint, RetryRule } from '../../sdk/route.ts';
import { type FailureKind, movingFailures } from '../../sdk/target.ts';
import {
  PlanError,
  readBoolean,
  readList,
  readMap,
  readNumber,
  readObject,
  readOneOf,
  readText,
  show,
} from './reader.ts';

/** Failures that another try or another target can help with. */
const failures: readonly FailureKind[] = [...movingFailures, 'context_length', 'content_filter'];
const tiers = ['mini', 'standard', 'frontier'] as const;

/** Parameters that have a verb or option of their own, or that say what the request is. */
const reservedParams: Readonly<Record<string, string>> = {
  model: 'use() chooses the target',
  messages: 'system.prepend and system.append add text',
  input: 'system.prepend and system.append add text',
  prompt: 'system.prepend and system.append add text',
  system: 'use the option system',
  instructions: 'use the option system',
  stream: 'the client chooses it',
  stream_options: 'the gateway sets it',
  max_tokens: 'use the option maxTokens',
  max_completion_tokens: 'use the option maxTokens',
  max_output_tokens: 'use the option maxTokens',
};

/** Headers that carry credentials or frame the message: never a policy's to set. */
const reservedHeaders = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'x-amz-security-token',
  'cookie',
  'host',
  'content-length',
  'content-type',
  'content-encoding',
  'transfer-encoding',
  'connection',
]);

function failureList(value: Json | undefined, what: string) {
  return readList(value, what, (one, where) => readOneOf(one, where, failures), { max: failures.length });
}

/** `chain({ on, sameVendor, sameRegion, max })`. */
export function parseChain(value: Json | undefined): ChainRule {
  const { on, sameVendor, sameRegion, max } = readObject(value, 'chain()', [
    'on',
    'sameVendor',
    'sameRegion',
    'max',
  ]);
  return {
    ...(on === undefined ? undefined : { on: failureList(on, 'chain() on') }),
    ...(sameVendor === undefined
      ? undefined
      : { sameVendor: readBoolean(sameVendor, 'chain() sameVendor', false) }),
    ...(sameRegion === undefined
      ? undefined
      : { sameRegion: readBoolean(sameRegion, 'chain() sameRegion', false) }),
    ...(max === undefined
      ? undefined
      : { max: readNumber(max, 'chain() max', { min: 1, max: 9, integer: true }) }),
  };
}

/** `retry({ max, on, budgetMs, ratio })`. */
export function parseRetry(value: Json | undefined): RetryRule {
  const { max, on, budgetMs, ratio } = readObject(value, 'retry()', ['max', 'on', 'budgetMs', 'ratio']);
  return {
    max: readNumber(max, 'retry() max', { min: 0, max: 5, integer: true }),
    ...(on === undefined ? undefined : { on: failureList(on, 'retry() on') }),
    ...(budgetMs === undefined
      ? undefined
      : { budgetMs: readNumber(budgetMs, 'retry() budgetMs', { min: 0, max: 600_000 }) }),
    ...(ratio === undefined ? undefined : { ratio: readNumber(ratio, 'retry() ratio', { min: 0, max: 1 }) }),
  };
}

/** `only({ region, vendor, tier, target })`. An empty list would allow nothing and is refused. */
export function parseConstraint(value: Json | undefined): Constraint {
  const { region, vendor, tier, target } = readObject(value, 'only()', [
    'region',
    'vendor',
    'tier',
    'target',
  ]);
  const names = (list: Json | undefined, what: string) =>
    readList(list, what, (one, where) => readText(one, where));
  const constraint: Constraint = {
    ...(region === undefined ? undefined : { region: names(region, 'only() region') }),
    ...(vendor === undefined ? undefined : { vendor: names(vendor, 'only() vendor') }),
    ...(tier === undefined
      ? undefined
      : { tier: readList(tier, 'only() tier', (one, where) => readOneOf(one, where, tiers), { max: 3 }) }),
    ...(target === undefined ? undefined : { target: names(target, 'only() target') }),
  };
  if (Object.keys(constraint).length === 0) {
    throw new PlanError('only(): expected at least one of region, vendor, tier, target, got none');
  }
  return constraint;
}

/** `rewrite({ params, maxTokens, system, headers })`. */
export function parseRewrite(value: Json | undefined): AttemptChanges {
  const options = readObject(value, 'rewrite()', ['params', 'maxTokens', 'system', 'headers']);
  const { params, maxTokens, system, headers } = options;
  if (Object.keys(options).length === 0) {
    throw new PlanError('rewrite(): expected at least one of params, maxTokens, system, headers, got none');
  }
  return {
    ...(params === undefined ? undefined : { params: readParams(params) }),
    ...(maxTokens === undefined
      ? undefined
      : {
          maxOutputTokens: readNumber(maxTokens, 'rewrite() maxTokens', {
            min: 1,
            max: 10_000_000,
            integer: true,
          }),
        }),
    ...(system === undefined ? undefined : { system: readSystem(system) }),
    ...(headers === undefined ? undefined : { headers: readHeaders(headers, 'rewrite() headers') }),
  };
}

function readParams(value: Json): Record<string, Json> {
  const params = readMap(value, 'rewrite() params', (one) => one);
  for (const name of Object.keys(params)) {
    const instead = Object.hasOwn(reservedParams, name) ? reservedParams[name] : undefined;
    if (instead !== undefined)
      throw new PlanError(`rewrite() params: ${name} cannot be set here; ${instead}`);
  }
  return params;
}

const maxSystemChars = 20_000;

function readSystem(value: Json): { prepend?: string; append?: string } {
  const { prepend, append } = readObject(value, 'rewrite() system', ['prepend', 'append']);
  return {
    ...(prepend === undefined
      ? undefined
      : { prepend: readText(prepend, 'rewrite() system.prepend', maxSystemChars) }),
    ...(append === undefined
      ? undefined
      : { append: readText(append, 'rewrite() system.append', maxSystemChars) }),
  };
}

/** Names in lower case; null removes a header. */
export function readHeaders(value: Json, what: string): Record<string, string | null> {
  const headers = readMap(value, what, (one, where) => {
    if (one === null) return null;
    if (typeof one === 'string' && one.length <= 4096 && /^[\t\x20-\x7e]*$/.test(one)) return one;
    throw new PlanError(
      `${where}: expected one line of printable ASCII, or null to remove it, got ${show(one)}`,
    );
  });
  return Object.fromEntries(
    Object.entries(headers).map(([name, text]) => {
      const lower = name.toLowerCase();
      if (!/^[a-z0-9!#$%&'*+.^_`|~-]+$/.test(lower))
        throw new PlanError(`${what}: ${show(name)} is no header name`);
      if (reservedHeaders.has(lower)) throw new PlanError(`${what}: ${lower} cannot be set by a policy`);
      return [lower, text];
    }),
  );
}
