import { isAbsolute, join } from 'node:path';
import { allows } from '../../sdk/allow-list.ts';
import {
  type Api,
  type ContinueRequest,
  type Deny,
  definePlugin,
  isJsonObject,
  type Log,
  type RequestContext,
  type RequestDecision,
} from '../../sdk/index.ts';
import { chooseVersion } from './choose.ts';
import type { PromptContent } from './content.ts';
import { FilePrompts } from './files.ts';
import { filledIn } from './fill.ts';
import { PromptLibrary } from './library.ts';
import { type PromptsOptions, schema } from './options.ts';
import { OutsideFolder } from './outside-folder.ts';
import type { Prompt } from './prompt.ts';
import { isOpenAiId, type PromptReference, readReference } from './reference.ts';
import { promptRoutes } from './routes.ts';
import { StoredPrompts } from './stored.ts';
import { readValues } from './variables.ts';
import { isWord } from './words.ts';

/** Endpoints whose requests are conversations. */
const apis: ReadonlySet<Api> = new Set(['chat', 'messages', 'responses', 'count_tokens']);

/**
 * Prompts as a versioned resource: `prompt: { id, version, variables }` of a body becomes its messages.
 *
 * @example
 * # policies/35-prompts.yaml
 * plugin: prompts
 */
export const prompts = definePlugin({
  name: 'prompts',
  summary: 'Fills in prompts by name, version and variables.',
  schema,
  needs: ['clock', 'log', 'models', 'prompts'],
  // A request whose prompt is missing would ask something else.
  onFailure: 'closed',

  async setup(options: PromptsOptions, { clock, log, models, prompts: store }, { assets = [], folder }) {
    const within = assets
      .filter(({ name }) => name.startsWith(`${options.folder}/`))
      .map(({ name, text }) => ({ name, text }));
    const outside = within.length > 0 ? null : await openOutside(options, folder, { clock, log });
    const files = new FilePrompts(within);
    const stored = new StoredPrompts(store, options.refresh, clock, log);
    const library = new PromptLibrary(() => outside?.current ?? files, stored);

    function found(ctx: RequestContext, wanted: PromptReference, prompt: Prompt | null) {
      if (prompt === null) return unknownPrompt(wanted.id);
      const who = ctx.identity.user ?? ctx.headers['x-session-id'] ?? ctx.requestId;
      const choice = chooseVersion(
        prompt,
        wanted.version,
        options.default_label,
        `${ctx.identity.tenant.id}\0${who}`,
      );
      if (choice === null) {
        return denied(
          'prompt_not_found',
          `prompt.version: the prompt "${wanted.id}" has no version or label ${JSON.stringify(wanted.version?.slice(0, 60))}.`,
        );
      }
      const { version, label } = choice;
      const fill = (content: PromptContent | null): RequestDecision =>
        content === null || !allows(content.tenants ?? [], ctx.identity.tenant.id)
          ? unknownPrompt(wanted.id)
          : filled(ctx, wanted, content, { name: prompt.name, version, label, source: prompt.source });
      const content = library.content(prompt, version);
      return content instanceof Promise ? content.then(fill) : fill(content);
    }

    function filled(
      ctx: RequestContext,
      { variables }: PromptReference,
      content: PromptContent,
      details: { name: string; version: string; label: string | null; source: string },
    ): ContinueRequest | Deny {
      const read = readValues(content.variables, variables);
      if ('problem' in read) return denied('invalid_request', `prompt.variables: ${read.problem}.`);
      const vendor = models.resolve(ctx.view.model)?.[0]?.vendor ?? '';
      const variant = Object.hasOwn(content.variants, vendor) ? vendor : null;
      const messages = variant === null ? content.messages : content.variants[variant]!;
      const changes = filledIn(messages, read.values);
      if (
        ctx.view.api !== 'responses' &&
        ctx.view.messages.every(isSystem) &&
        changes.messages === undefined
      ) {
        return denied(
          'invalid_request',
          `messages: the prompt "${details.name}" has instructions only; send a message of the user with it.`,
        );
      }
      return {
        type: 'continue',
        changes,
        tags: {
          prompt: details.name,
          prompt_version: `${details.name}@${details.version}`,
          ...(details.label === null ? undefined : { prompt_label: details.label }),
        },
        details: { ...details, variant },
      };
    }

    return {
      routes: promptRoutes({ library, store, readAccess: options.read_access }),
      onRequest(ctx): RequestDecision | Promise<RequestDecision> | undefined {
        const { api, body } = ctx.view;
        const reference = body['prompt'];
        if (!isJsonObject(reference) || !apis.has(api)) return undefined;
        const wanted = readReference(reference);
        if (typeof wanted === 'string') return denied('invalid_request', `${wanted}.`);
        const prompt = isWord(wanted.id) ? library.find(wanted.id) : null;
        if (prompt instanceof Promise) return prompt.then((one) => found(ctx, wanted, one));
        return found(ctx, wanted, prompt);
      },
    };
  },
});

/** The folder on disk, where the policies folder has none of the name. */
async function openOutside(
  { folder, refresh }: PromptsOptions,
  policies: string | undefined,
  { clock, log }: { readonly clock: ConstructorParameters<typeof OutsideFolder>[2]; readonly log: Log },
): Promise<OutsideFolder | null> {
  if (!isAbsolute(folder) && policies === undefined) return null;
  const path = isAbsolute(folder) ? folder : join(policies!, '..', folder);
  const outside = new OutsideFolder(path, refresh, clock, log);
  if (await outside.open()) return outside;
  if (isAbsolute(folder)) throw new Error('folder: there is no such folder; make it, or name another');
  return null;
}

function unknownPrompt(id: string): Deny | ContinueRequest {
  // The provider may have it: OpenAI names its own like this.
  if (isOpenAiId(id))
    return { type: 'continue', reason: 'the prompt is not known here and is left to the provider' };
  return denied(
    'prompt_not_found',
    `prompt.id: there is no prompt ${JSON.stringify(id.slice(0, 60))} here. Expected the name of a file of prompts, or of one that was sent to POST /v1/prompts.`,
  );
}

function isSystem({ role }: { readonly role: string }): boolean {
  return role === 'system';
}

function denied(code: string, message: string): Deny {
  return { type: 'deny', status: 400, code, message };
}
