import { hash } from 'node:crypto';
import type { JsonObject, RequestContext, TextView } from '../../sdk/index.ts';
import { canonical } from './canonical.ts';
import { commonForm } from './common/read.ts';

/** Counted up with every change that makes other keys. */
const keyVersion = 3;

const nothing: ReadonlySet<string> = new Set();

/** Always left out of the body: the model is named apart, and how an answer is sent does not change it. */
export const neverInKey = ['model', 'stream', 'stream_options'];

/** Client headers that providers get and that change what they answer. */
const betas = ['anthropic-version', 'anthropic-beta', 'openai-beta'];

/** What answers are kept under. */
export interface RequestKey {
  /** Equal for requests that are equal in everything that can change the answer, of one tenant. */
  readonly exact: string;
  /** Equal for requests that are so but for the last text of the user. */
  readonly frame: string;
  /** That text; null where the conversation does not end with one. */
  readonly prompt: string | null;
  /** Revision of the knowledge base that the client named; '' for none. */
  readonly revision: string;
}

export interface KeyOptions {
  /** Names of `vary`, those of the file and of the policy. */
  readonly vary: readonly string[];
  /** Top-level members of the body that are left out. */
  readonly without: ReadonlySet<string>;
  readonly maxChars: number;
  /** As they were when it was looked for. */
  readonly tags: Readonly<Record<string, string>>;
  /** What the requested model stands for, such as `openai/gpt-4o-mini`. */
  readonly targets: readonly string[];
}

/** What is asked: in words that all endpoints share where that is possible, else in those of its own. */
interface Question {
  readonly words: string;
  readonly body: JsonObject;
  readonly without: ReadonlySet<string>;
  readonly betas: readonly string[];
  readonly prompt: string | null;
  readonly promptAt: string | null;
}

/** @throws Uncacheable where no key can be made. */
export function requestKey(ctx: RequestContext, options: KeyOptions): RequestKey {
  const { view, headers, identity } = ctx;
  const { words, prompt, promptAt, ...question } = questionOf(ctx, options.without);
  const revision = headers['x-sluice-kb-revision'] ?? '';
  const body = canonical(question.body, {
    without: question.without,
    gapAt: promptAt,
    maxChars: options.maxChars - (prompt?.length ?? 0),
  });
  const space = JSON.stringify([
    keyVersion,
    identity.tenant.id,
    words,
    view.model,
    options.targets,
    revision,
    question.betas,
    [...new Set(options.vary)].sort().map((name) => [name, varyValue(ctx, options.tags, name)]),
    promptAt ?? '',
  ]);
  const frame = hash('sha256', `${space}\n${body}`, 'base64url');
  // Lone surrogates are all the same in UTF-8.
  const text = Buffer.from(frame + (prompt ?? ''), 'utf16le');
  return { exact: hash('sha256', text, 'base64url'), frame, prompt, revision };
}

function questionOf(ctx: RequestContext, without: ReadonlySet<string>): Question {
  const { view, headers } = ctx;
  const common = commonForm(view, headers, without);
  if (common !== null) {
    const { form, prompt, promptAt } = common;
    return { words: '*', body: form, without: nothing, betas: [], prompt, promptAt };
  }
  const last = lastUserText(ctx);
  return {
    words: view.api,
    body: view.body,
    without,
    betas: betas.map((name) => headers[name] ?? ''),
    prompt: last?.text ?? null,
    promptAt: last?.pointer ?? null,
  };
}

/** The last text of the user, where it is in the last turn. */
function lastUserText({ view }: RequestContext): TextView | null {
  const last = view.texts.findLast(({ role }) => role === 'user');
  if (last === undefined) return null;
  const [, field = '', place] = last.pointer.split('/');
  const turns = view.body[field];
  if (!Array.isArray(turns)) return typeof turns === 'string' ? last : null;
  return place === String(turns.length - 1) ? last : null;
}

function varyValue({ identity, headers }: RequestContext, tags: KeyOptions['tags'], name: string): unknown {
  switch (name) {
    case 'key':
      return identity.key.id;
    case 'user':
      return identity.user;
    case 'feature':
      return identity.feature;
    case 'plan':
      return identity.tenant.plan;
    case 'region':
      return identity.tenant.region;
    case 'tags':
      return Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
    default: {
      const value = name.slice(name.indexOf(':') + 1);
      if (name.startsWith('tag:')) return tags[value] ?? null;
      if (name.startsWith('header:')) return headers[value.toLowerCase()] ?? null;
      // A bare name may be meant as either: both must be equal then.
      return [tags[name] ?? null, headers[name.toLowerCase()] ?? null];
    }
  }
}
