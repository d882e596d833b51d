import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { LeafTrace, LostWrite, RuleTrace } from '../../sdk/trace.ts';

const signs: Readonly<Record<string, string>> = { gt: '>', gte: '>=', lt: '<', lte: '<=' };

/**
 * Rules and lost writes as lines of text, one each:
 * `frontier ← cheap-default/hard (cheap.policy.ts:4): tokensIn 5210 > 4000`
 * `candidate lost to frontier: first writer cheap-default/hard (exp-42/ab)`
 *
 * Rules that did not match are left out unless `all` is set.
 */
export function explainRules(
  rules: readonly RuleTrace[],
  lost: readonly LostWrite[] = [],
  { all = false }: { all?: boolean } = {},
): string[] {
  const shown = rules.filter((rule) => all || rule.matched || rule.error !== undefined);
  return [...shown.map(explainRule), ...lost.map((write) => explainLost(write, rules))];
}

/** One rule as a line. */
export function explainRule(rule: RuleTrace): string {
  const name = `${rule.policy}/${rule.rule} (${rule.at})`;
  if (rule.error !== undefined) return `error ← ${name}: ${rule.error}`;
  const because = rule.because?.map((i) => rule.leaves[i]!) ?? rule.leaves;
  const why = because.length === 0 ? 'always' : [...new Set(because.map(explainLeaf))].join(', ');
  return `${rule.matched ? explainWrote(rule.wrote) : 'no match'} ← ${name}: ${why}`;
}

/** What a rule wrote, its main effect first. */
function explainWrote(wrote: Json | undefined): string {
  if (!isJsonObject(wrote)) return 'nothing';
  const parts: string[] = [];
  for (const [slot, value] of Object.entries(wrote)) {
    if (value === undefined || slot === 'pick') continue;
    if (slot === 'deny' && isJsonObject(value)) parts.push(`deny ${value['status']} ${value['code']}`);
    else if (slot === 'target') parts.push(String(value));
    else if (slot === 'split' && isJsonObject(value)) {
      parts.push(`arm ${value['arm']} of ${value['salt']} by ${value['by']}`);
    } else if (slot === 'fallbacks' && Array.isArray(value)) parts.push(`fallback ${value.join(', ')}`);
    else if (slot === 'rewrite' && Array.isArray(value)) parts.push(`rewrite ${value.join(', ')}`);
    else if (slot !== 'tags') {
      // A verb that stands in a rule several times is a list.
      for (const one of Array.isArray(value) ? value : [value]) parts.push(`${slot}(${pairs(one)})`);
    }
  }
  // Tags go with every other effect and are named only where there is no other.
  if (parts.length === 0 && wrote['tags'] !== undefined) return `tag ${pairs(wrote['tags'])}`;
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

function pairs(value: Json): string {
  if (!isJsonObject(value)) return plain(value);
  return Object.entries(value)
    .map(([key, one]) => `${key}: ${plain(one ?? null)}`)
    .join(', ');
}

/** One leaf with what it saw: `tokensIn 5210 > 4000`, `tier mini, not frontier`. */
export function explainLeaf({ leaf, args, saw, result }: LeafTrace): string {
  const [, fact, op] = /^(.*)\.(gte?|lte?|between)$/.exec(leaf) ?? [];
  if (fact !== undefined && op !== undefined) return explainNumber(fact, op, args, saw, result);
  switch (leaf) {
    case 'content':
    case 'resp.content':
      return `${leaf} ${pattern(args[0])} ${result ? 'found' : 'not found'} in ${chars(saw)}`;
    case 'header':
      return saw === null
        ? `header ${args[0]} not sent`
        : `header ${args[0]} ${plain(saw)}${result ? '' : `, not ${isJsonObject(args[1]) ? pattern(args[1]) : plain(args[1] ?? null)}`}`;
    case 'label':
    case 'tagged':
      return `${leaf} ${args[0]} ${listed(saw, args.slice(1), result)}`;
    case 'hours':
      return `${plain(saw)} ${result ? 'within' : 'outside'} ${args[0]}-${args[1]}`;
    case 'ab':
      return `ab draw ${plain(saw)} ${result ? '<' : '>='} ${plain(args[0] ?? null)}`;
    case 'fn':
      return `fn ${plain(args[0] ?? null)} ${result}`;
    case 'has':
      return result ? `has ${plain(saw)}` : `has no ${args.map(plain).join(', ')}`;
    case 'resp.cached':
      return result ? 'cached' : 'not cached';
    default:
      return `${leaf} ${listed(saw, args, result)}`;
  }
}

function explainNumber(fact: string, op: string, args: readonly Json[], saw: Json, result: boolean): string {
  const limits = args.slice(op === 'between' ? -2 : -1).map(plain);
  const keys = args.slice(0, args.length - limits.length).map(plain);
  const [group, field] = fact.split('.');
  const name =
    keys.length === 0 ? fact : `${group}(${keys.join(', ')})${field === undefined ? '' : `.${field}`}`;
  if (saw === null) return `${name} unknown`;
  const wanted = op === 'between' ? `between ${limits.join(' and ')}` : `${signs[op]} ${limits[0]}`;
  return `${name} ${plain(saw)} ${result ? '' : 'not '}${wanted}`;
}

/** `mini` when that was wanted, `acme-1 of acme-*` for a glob, `mini, not frontier` otherwise. */
function listed(saw: Json, wanted: readonly Json[], result: boolean): string {
  const seen = saw === null || saw === '' ? 'unknown' : plain(saw);
  const names = wanted.map(plain).join(' | ');
  if (!result) return names === '' ? seen : `${seen}, not ${names}`;
  return wanted.length === 0 || wanted.includes(saw) ? seen : `${seen} of ${names}`;
}

function chars(saw: Json): string {
  if (!isJsonObject(saw)) return 'the text';
  return saw['of'] === undefined
    ? `${saw['chars']} characters`
    : `the first ${saw['chars']} of ${saw['of']} characters`;
}

function pattern(value: Json | undefined): string {
  return isJsonObject(value) ? `/${value['source']}/${value['flags']}` : '';
}

function plain(value: Json): string {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value.map(plain).join(', ') : JSON.stringify(value);
}

function explainLost(write: LostWrite, rules: readonly RuleTrace[]): string {
  const writer = write.rule === null ? write.policy : `${write.policy}/${write.rule}`;
  const winner = rules.find((rule) => write.why.endsWith(` ${rule.policy}/${rule.rule}`));
  const wrote = winner !== undefined && isJsonObject(winner.wrote) ? winner.wrote[write.slot] : undefined;
  const to = wrote === undefined ? '' : ` to ${plain(wrote)}`;
  return `${plain(write.value)} lost${to}: ${write.why} (${writer})`;
}
