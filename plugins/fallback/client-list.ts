import { allows } from '../../sdk/allow-list.ts';
import { type Deny, type Identity, isJsonObject, type Json, type Models } from '../../sdk/index.ts';

/** As many fallbacks as a plan takes. */
const maxNames = 8;
const maxShownChars = 100;

type Params = Readonly<Record<string, Json>>;

/** What a client says about fallbacks in the body of its request. */
export type ClientWish =
  | { readonly type: 'list'; readonly names: readonly string[] }
  /** `disable_fallbacks: true` */
  | { readonly type: 'none' };

/** Whose list it is, and what may be on it. */
export interface ListTerms {
  readonly models: Models;
  readonly identity: Identity;
  /** What the request asks for. */
  readonly model: string;
  /** Providers at which names may be the provider's own. */
  readonly aggregators: readonly string[];
}

/** The body's fields that say something about fallbacks: OpenRouter's `models`, LiteLLM's other two. */
const fields = ['models', 'fallbacks', 'disable_fallbacks'] as const;

/**
 * The wish of the client, null where it has none.
 *
 * @returns a denial for a list that is none (400), for names that the key or tenant may not ask for (403), and for names
 * that are not known here (404).
 */
export function clientWish(params: Params, terms: ListTerms): ClientWish | Deny | null {
  const { models, fallbacks, disable_fallbacks: disabled } = params;
  if (disabled !== undefined && disabled !== null && typeof disabled !== 'boolean') {
    return wrong('disable_fallbacks', 'true or false', disabled);
  }
  if (disabled === true) return { type: 'none' };
  if (!isGiven(models) && !isGiven(fallbacks)) return null;
  const names: string[] = [];
  for (const [field, value] of [
    ['models', models],
    ['fallbacks', fallbacks],
  ] as const) {
    const denied = isGiven(value) ? addNames(names, field, value) : null;
    if (denied !== null) return denied;
  }
  if (names.length === 0) return null;
  return namesWithin(names, terms);
}

/** What of the body is not to be sent to a provider, null where there is nothing. */
export function fieldsToRemove(params: Params): Readonly<Record<string, undefined>> | null {
  let removed: Record<string, undefined> | null = null;
  for (const field of fields) {
    if (!Object.hasOwn(params, field)) continue;
    removed ??= {};
    removed[field] = undefined;
  }
  // OpenRouter's older way of saying that `models` is a list of fallbacks; without the list it says nothing.
  if (params['route'] === 'fallback') removed = { ...removed, route: undefined };
  return removed;
}

function addNames(names: string[], field: 'models' | 'fallbacks', value: Json): Deny | null {
  const expected = `a list of at most ${maxNames} names of models`;
  if (!Array.isArray(value)) return wrong(field, expected, value);
  for (const entry of value as readonly Json[]) {
    const name = isJsonObject(entry) && field === 'fallbacks' ? onlyModel(entry) : entry;
    if (typeof name !== 'string' || name === '') return wrong(field, expected, entry);
    if (!names.includes(name)) names.push(name);
    if (names.length > maxNames) return wrong(field, expected, value);
  }
  return null;
}

/** LiteLLM's `{ model }`. With messages or parameters of its own it would be another request, which no plan has. */
function onlyModel(entry: { readonly [key: string]: Json | undefined }): Json | undefined {
  return Object.keys(entry).length === 1 ? entry['model'] : undefined;
}

function namesWithin(names: readonly string[], terms: ListTerms): ClientWish | Deny {
  const { models, identity } = terms;
  const known: string[] = [];
  const unknown: string[] = [];
  for (const given of names) {
    const name = nameHere(given, terms);
    if (!allows(identity.key.scopes, name) || !allows(identity.tenant.models ?? [], name)) {
      return denied(
        'model_not_allowed',
        403,
        `The key or its tenant may not use the model ${shown(given)} of the list of fallbacks. Take it off the list, or ask the gateway's owner.`,
      );
    }
    if (models.resolve(name) === undefined) unknown.push(given);
    else known.push(name);
  }
  if (unknown.length === 0) return { type: 'list', names: known };
  const nearest = unknown.length === 1 ? models.nearest(unknown[0]!) : undefined;
  const hint = nearest === undefined ? '' : ` Did you mean "${nearest}"?`;
  return denied(
    'model_not_found',
    404,
    `The list of fallbacks names what is not configured here: ${unknown.map(shown).join(', ')}. Expected aliases of /v1/models or provider/model.${hint}`,
  );
}

/**
 * A name as the gateway has it. What it does not know is a model of the aggregator's own where the request goes to one:
 * clients of OpenRouter write names as OpenRouter has them.
 */
function nameHere(given: string, { models, model, aggregators }: ListTerms): string {
  if (aggregators.length === 0 || models.resolve(given) !== undefined) return given;
  const first = models.resolve(model)?.[0];
  if (first === undefined || !aggregators.includes(first.provider)) return given;
  return `${first.provider}/${given}`;
}

function isGiven(value: Json | undefined): value is Json {
  return value !== undefined && value !== null;
}

function wrong(field: string, expected: string, came: Json | undefined): Deny {
  return denied('invalid_request', 400, `${field}: expected ${expected}; came ${shown(came)}.`);
}

function shown(value: Json | undefined): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > maxShownChars ? `${text.slice(0, maxShownChars)}…` : text;
}

function denied(code: string, status: number, message: string): Deny {
  return { type: 'deny', code, status, message };
}
