import type { Given } from '../../../core/policy-test/case.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';

/** A curl command that cannot be read. The message is for whoever pasted it. */
export class CurlError extends Error {
  override readonly name = 'CurlError';
}

const apis: readonly (readonly [RegExp, NonNullable<NonNullable<Given['request']>['api']>])[] = [
  [/\/chat\/completions$/, 'chat'],
  [/\/completions$/, 'completions'],
  [/\/embeddings$/, 'embeddings'],
  [/\/messages$/, 'messages'],
  [/\/responses$/, 'responses'],
];

/** Never taken over: a link that is shared must not carry a key. */
const secretHeaders: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'cookie',
]);
const dullHeaders: ReadonlySet<string> = new Set(['content-type', 'accept', 'content-length', 'host']);

/** Options of curl that take a value and mean nothing here. */
const withValue: ReadonlySet<string> = new Set([
  '-X',
  '--request',
  '-o',
  '--output',
  '-m',
  '--max-time',
  '-u',
  '--user',
  '-A',
  '--user-agent',
  '--connect-timeout',
  '-w',
  '--write-out',
]);

/** A pasted curl command as the facts of a request. Keys are left out. @throws CurlError */
export function givenOfCurl(command: string): Given {
  const words = wordsOf(command);
  if (words[0] !== 'curl') throw new CurlError('Expected a command that begins with "curl".');
  const headers: Record<string, string> = {};
  let url = '';
  let data = '';
  for (let at = 1; at < words.length; at++) {
    const word = words[at]!;
    if (word === '-H' || word === '--header') addHeader(headers, words[++at] ?? '');
    else if (/^(-d|--data(-raw|-binary|-ascii)?|--json)$/.test(word)) data += words[++at] ?? '';
    else if (word === '--url') url = words[++at] ?? '';
    else if (withValue.has(word)) at++;
    else if (!word.startsWith('-')) url = word;
  }
  const path = url.replace(/^[a-z]+:\/\/[^/]*/i, '').replace(/[?#].*$/, '');
  const api = apis.find(([ending]) => ending.test(path))?.[1];
  if (api === undefined)
    throw new CurlError(`Expected an address such as …/v1/chat/completions; it was "${url.slice(0, 80)}".`);
  return { ...identity(headers), request: { api, ...headersOf(headers), body: bodyOf(data) } };
}

function bodyOf(data: string): JsonObject {
  if (data.startsWith('@'))
    throw new CurlError('The body is in a file of your machine; paste its text instead.');
  let body: Json;
  try {
    body = JSON.parse(data) as Json;
  } catch {
    throw new CurlError('The body (-d) is not valid JSON.');
  }
  if (!isJsonObject(body)) throw new CurlError('The body (-d) must be a JSON object.');
  return body;
}

function addHeader(headers: Record<string, string>, line: string): void {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim().toLowerCase();
  if (colon > 0 && !secretHeaders.has(name) && !dullHeaders.has(name))
    headers[name] = line.slice(colon + 1).trim();
}

/** Headers that say who asks become facts. */
function identity(headers: Record<string, string>): Given {
  const { 'x-tenant-id': tenant, 'x-feature-id': feature, 'x-user-id': user } = headers;
  for (const name of ['x-tenant-id', 'x-feature-id', 'x-user-id']) delete headers[name];
  return {
    ...(tenant === undefined ? undefined : { tenant: { id: tenant } }),
    ...(feature === undefined ? undefined : { feature }),
    ...(user === undefined ? undefined : { user }),
  };
}

function headersOf(headers: Readonly<Record<string, string>>) {
  return Object.keys(headers).length === 0 ? undefined : { headers };
}

/** The words of a shell command: quotes, escapes and lines that go on. */
function wordsOf(command: string): string[] {
  const words: string[] = [];
  let word: string | null = null;
  const text = command.trim().replaceAll(/\\\r?\n/g, ' ');
  for (let at = 0; at < text.length; at++) {
    const char = text[at]!;
    if (char === "'" || (char === '$' && text[at + 1] === "'")) {
      if (char === '$') at++;
      const end = text.indexOf("'", at + 1);
      if (end < 0) throw new CurlError("A quote (') is not closed.");
      word = (word ?? '') + text.slice(at + 1, end);
      at = end;
    } else if (char === '"') {
      let part = '';
      for (at++; at < text.length && text[at] !== '"'; at++) {
        if (text[at] === '\\' && /["\\$`]/.test(text[at + 1] ?? '')) at++;
        part += text[at];
      }
      if (at >= text.length) throw new CurlError('A quote (") is not closed.');
      word = (word ?? '') + part;
    } else if (/\s/.test(char)) {
      if (word !== null) words.push(word);
      word = null;
    } else {
      if (char === '\\') at++;
      word = (word ?? '') + (text[at] ?? '');
    }
  }
  if (word !== null) words.push(word);
  return words;
}
