import type { Completions } from '../../sdk/completions.ts';
import type {
  Answer,
  AnswerChoice,
  AnswerDecision,
  Clock,
  Deny,
  FinishReason,
  ResponseContext,
} from '../../sdk/index.ts';
import type { CheckResult, Mismatch } from './message.ts';
import type { StructuredOptions } from './options.ts';
import { Repair } from './repair.ts';
import { outOfBounds } from './schema-bounds.ts';
import type { CheckThread } from './thread.ts';
import { unwrapped } from './unwrap.ts';
import type { Wanted, WantedSchema } from './wanted.ts';

/** Schemas that were found to be usable, by hash. */
const maxKnown = 10_000;

/** A text or the arguments of a call, and what they must meet. */
interface Part {
  readonly choice: number;
  /** Place of the call; null for the text. */
  readonly call: number | null;
  readonly text: string;
  readonly wanted: WantedSchema;
  readonly what: string;
}

/** What came of one part: a text that meets its schema, or why there is none. */
type Enforced =
  | { readonly text: string; readonly how: 'valid' | 'unwrapped' | 'repaired' }
  | { readonly mismatches: readonly Mismatch[]; readonly note: string };

/** Holds answers to the schemas that requests ask for. */
export class Enforcer {
  readonly #options: StructuredOptions;
  readonly #thread: CheckThread;
  readonly #repair: Repair;
  readonly #known = new Set<string>();

  constructor(
    options: StructuredOptions,
    thread: CheckThread,
    services: { readonly clock: Clock; readonly completions: Completions },
  ) {
    this.#options = options;
    this.#thread = thread;
    this.#repair = new Repair(options, services);
  }

  /** True where nothing of what a request wants needs to be looked at any more. */
  knows({ answer, tools }: Wanted): boolean {
    if (answer !== null && !this.#known.has(answer.key)) return false;
    for (const { key } of tools.values()) if (!this.#known.has(key)) return false;
    return true;
  }

  /** Refuses schemas that cannot be used, before anything is paid for. */
  async admit({ answer, tools }: Wanted): Promise<Deny | undefined> {
    for (const wanted of [...(answer === null ? [] : [answer]), ...tools.values()]) {
      if (this.#known.has(wanted.key)) continue;
      const { max_schema_chars: maxChars, max_schema_depth: maxDepth } = this.#options;
      let why = outOfBounds(wanted, { maxChars, maxDepth });
      if (why === null) {
        const result = await this.#thread.run({ key: wanted.key, schema: wanted.text, text: null });
        if (result.kind === 'fault') throw new Error(`the schema could not be looked at: ${result.why}`);
        if (result.kind === 'bad_schema') ({ why } = result);
      }
      if (why !== null) return badSchema(wanted, why);
      if (this.#known.size >= maxKnown) this.#known.clear();
      this.#known.add(wanted.key);
    }
    return undefined;
  }

  /** Checks a finished answer and repairs it. */
  async enforce(ctx: ResponseContext, wanted: Wanted, answer: Answer): Promise<AnswerDecision | undefined> {
    const texts: Record<number, string> = {};
    const finish: Record<number, FinishReason> = {};
    const calls: Record<number, Record<number, string>> = {};
    const hows = new Set<string>();
    for (const part of partsOf(wanted, answer.choices)) {
      const { finish: ended } = answer.choices[part.choice]!;
      const enforced = await this.#enforce(ctx, part, ended !== 'length');
      if (!('text' in enforced)) return invalid(part, enforced, ended);
      hows.add(enforced.how);
      if (enforced.how === 'valid') continue;
      if (part.call !== null) {
        calls[part.choice] ??= {};
        calls[part.choice]![part.call] = enforced.text;
      } else {
        texts[part.choice] = enforced.text;
        if (enforced.how === 'repaired') finish[part.choice] = 'stop';
      }
    }
    if (hows.size === 0) return undefined;
    const how = ['repaired', 'unwrapped', 'valid'].find((one) => hows.has(one))!;
    return {
      type: 'continue',
      ...(Object.keys(texts).length > 0 ? { texts } : undefined),
      ...(Object.keys(finish).length > 0 ? { finish } : undefined),
      ...(Object.keys(calls).length > 0 ? { toolArguments: calls } : undefined),
      tags: { structured_output: how },
    };
  }

  /** Checks without repairing, for an answer that has left already. */
  async check(wanted: Wanted, answer: Answer): Promise<Deny | undefined> {
    for (const part of partsOf(wanted, answer.choices)) {
      const result = await this.#check(part.wanted, part.text);
      if (result.kind === 'unmet') {
        return invalid(
          part,
          { mismatches: result.mismatches, note: '' },
          answer.choices[part.choice]!.finish,
        );
      }
    }
    return undefined;
  }

  async #enforce(ctx: ResponseContext, part: Part, mayRepair: boolean): Promise<Enforced> {
    const { wanted } = part;
    let { text } = part;
    let result = await this.#check(wanted, text);
    if (result.kind === 'met') return { text, how: 'valid' };
    const inner = this.#options.unwrap ? unwrapped(text) : null;
    if (inner !== null && (await this.#check(wanted, inner)).kind === 'met') {
      return { text: inner, how: 'unwrapped' };
    }
    let note = '';
    for (let tried = 0; mayRepair && tried < this.#options.repair; tried += 1) {
      const repaired = await this.#repair.ask(ctx, wanted, text, result.mismatches);
      if ('why' in repaired) {
        note = ` It could not be repaired: ${repaired.why}.`;
        break;
      }
      text = unwrapped(repaired.text) ?? repaired.text;
      result = await this.#check(wanted, text);
      if (result.kind === 'met') return { text, how: 'repaired' };
      note = ` ${tried + 1} repair${tried === 0 ? '' : 's'} did not help.`;
    }
    return { mismatches: result.mismatches, note };
  }

  async #check(
    wanted: WantedSchema,
    text: string,
  ): Promise<Extract<CheckResult, { readonly kind: 'met' | 'unmet' }>> {
    const { max_answer_chars: maxChars } = this.#options;
    if (text.length > maxChars) {
      const message = `must have at most ${maxChars} characters`;
      return { kind: 'unmet', mismatches: [{ path: '', message, keyword: 'max_answer_chars' }] };
    }
    const result = await this.#thread.run({ key: wanted.key, schema: wanted.text, text });
    if (result.kind === 'met' || result.kind === 'unmet') return result;
    throw new Error(`the answer could not be checked: ${result.why}`);
  }
}

/** What of an answer must meet something. Refusals and texts beside tool calls are none of it. */
function partsOf({ answer, tools }: Wanted, choices: readonly AnswerChoice[]): Part[] {
  const parts: Part[] = [];
  for (const [choice, { text, refusal, toolCalls, finish }] of choices.entries()) {
    if (finish === 'content_filter') continue;
    for (const [call, { name, arguments: json }] of toolCalls.entries()) {
      const wanted = tools.get(name);
      // No arguments at all are an empty object everywhere.
      if (wanted !== undefined)
        parts.push({
          choice,
          call,
          text: json === '' ? '{}' : json,
          wanted,
          what: `the arguments of ${name}`,
        });
    }
    if (answer !== null && refusal === '' && toolCalls.length === 0) {
      parts.push({ choice, call: null, text, wanted: answer, what: 'the answer' });
    }
  }
  return parts;
}

function invalid(
  { what, wanted, call }: Part,
  { mismatches, note }: { readonly mismatches: readonly Mismatch[]; readonly note: string },
  finish: FinishReason | null,
): Deny {
  const [first] = mismatches;
  const more = mismatches.length > 1 ? ` (and ${mismatches.length - 1} more)` : '';
  const cut = finish === 'length' ? ' The answer was cut at its output limit: raise that.' : note;
  const place = first === undefined || first.path === '' ? 'as a whole' : `at ${first.path}`;
  return {
    type: 'deny',
    code: 'structured_output_invalid',
    message: `Expected ${what} to meet the schema in ${wanted.where}; ${place} it ${first?.message ?? 'does not'}${more}.${cut}`,
    // Paths are names of the answer's: the trace has the rules alone.
    details: {
      part: call === null ? 'text' : 'tool',
      keywords: [...new Set(mismatches.map(({ keyword }) => keyword))],
    },
    tags: { structured_output: 'invalid' },
  };
}

function badSchema({ where }: WantedSchema, why: string): Deny {
  return {
    type: 'deny',
    code: 'invalid_request',
    message: `${where}: expected a JSON schema that answers can be checked against; ${why}.`,
  };
}
