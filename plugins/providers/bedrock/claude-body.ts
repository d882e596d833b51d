import { isJsonObject, type Json } from '../../../sdk/json.ts';
import { topMembers } from './json-members.ts';

/** What Bedrock has in the place of Anthropic's version header. */
const version = 'bedrock-2023-05-31';
/** Members that stand elsewhere: the model and the stream in the path, versions and flags where we write them. */
const elsewhere = new Set(['model', 'stream', 'anthropic_version', 'anthropic_beta']);

/** Flags of a client's `anthropic-beta` header that may be passed on; others are refused by Bedrock. */
export function allowedBetas(header: string | undefined, allowed: ReadonlySet<string>): string[] {
  if (header === undefined) return [];
  const betas = header.split(',').map((beta) => beta.trim());
  return [...new Set(betas)].filter((beta) => allowed.has(beta));
}

/**
 * A body of Anthropic's API as InvokeModel takes it. What is not changed keeps its bytes.
 *
 * @param betas from the client's header.
 * @param allowed flags that may be in the body itself.
 */
export function invokeBody(body: string, betas: readonly string[], allowed: ReadonlySet<string>): string {
  const members = topMembers(body);
  const flags = new Set(betas);
  const parts = [`"anthropic_version":"${version}"`];
  for (const { name, start, valueStart, end } of members) {
    if (name === 'anthropic_beta') {
      const own = JSON.parse(body.slice(valueStart, end)) as Json;
      for (const flag of Array.isArray(own) ? (own as readonly Json[]) : []) {
        if (typeof flag === 'string' && allowed.has(flag)) flags.add(flag);
      }
    }
    if (!elsewhere.has(name)) parts.push(withoutScope(body.slice(start, end)));
  }
  if (flags.size > 0) parts.splice(1, 0, `"anthropic_beta":${JSON.stringify([...flags])}`);
  return `{${parts.join(',')}}`;
}

/** Puts flags into a body of Converse, among the fields that are passed on to the model. */
export function withBetas(body: string, betas: readonly string[]): string {
  const flags = `"anthropic_beta":${JSON.stringify(betas)}`;
  const members = topMembers(body);
  const fields = members.find(({ name }) => name === 'additionalModelRequestFields');
  if (fields === undefined) {
    const end = body.lastIndexOf('}');
    const before = members.length > 0 ? ',' : '';
    return `${body.slice(0, end)}${before}"additionalModelRequestFields":{${flags}}${body.slice(end)}`;
  }
  const comma = topMembers(body.slice(fields.valueStart, fields.end)).length > 0 ? ',' : '';
  return `${body.slice(0, fields.valueStart + 1)}${flags}${comma}${body.slice(fields.valueStart + 1)}`;
}

/** Anthropic's `cache_control.scope`, which Bedrock refuses (BerriAI/litellm#22867). */
function withoutScope(text: string): string {
  if (!text.includes('"scope"') || !text.includes('"cache_control"')) return text;
  // Within a string the quotes would have backslashes before them: this matches members only.
  return text.replace(/("cache_control"\s*:\s*)(\{[^{}]{0,200}\})/g, (all, key: string, value: string) => {
    const mark = markOf(value);
    if (!isJsonObject(mark) || mark['type'] !== 'ephemeral' || mark['scope'] === undefined) return all;
    const { scope: _scope, ...rest } = mark;
    return key + JSON.stringify(rest);
  });
}

function markOf(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return null;
  }
}
