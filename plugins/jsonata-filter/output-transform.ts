import type { Chunk, ChunkTransform, PassedDecision, PolicyVerb, ResponseContext } from '../../sdk/index.ts';
import { beside } from './kinds.ts';
import { PatternStream, patternOf } from './pattern-stream.ts';

type Emit = (chunk: Chunk) => void;
type TextType = 'text' | 'reasoning' | 'refusal';

const defaultHoldback = 128;
/** Characters of a token, where an answer has passed no provider that counts them. */
const charsPerToken = 4;
/** Longer texts are no JSON that anybody asked for, and parsing them would hold up everybody else. */
const maxJsonChars = 1_048_576;

/** What the `output()` verbs of a request come to. */
interface Rules {
  readonly patterns: readonly { readonly verb: PolicyVerb; readonly kind: 'block' | 'mask' }[];
  /** Characters of an answer's text at most; none where a provider has held the limit. */
  readonly maxChars: number;
  /** The rule that wants JSON. */
  readonly json: PolicyVerb | null;
}

/** What is known of one choice. */
interface ChoiceText {
  type: TextType;
  /** The patterns that the text under way goes through, each with what the one before it gave. */
  streams: readonly PatternStream[] | null;
  /** Why nothing comes any more. */
  stopped: 'block' | 'length' | null;
  chars: number;
  hasCalls: boolean;
  readonly json: string[];
}

/** Carries `output()` out: masks and blocks by pattern, cuts at a length, and refuses what is no JSON. */
export class OutputTransform implements ChunkTransform {
  readonly holdBackChars: number;
  readonly #rules: Rules;
  readonly #choices = new Map<number, ChoiceText>();
  #masks = false;
  readonly #blockedBy = new Set<string>();

  constructor(rules: Rules) {
    this.#rules = rules;
    this.holdBackChars = rules.patterns.reduce((chars, { verb }) => chars + windowOf(verb), 0);
  }

  /** The transform of an answer; undefined where no rule that this file carries out asks for one. */
  static of(ctx: ResponseContext, file: string): OutputTransform | undefined {
    const verbs = ctx.verbs.filter(({ verb, performer }) => verb === 'output' && performer === file);
    if (verbs.length === 0) return undefined;
    // What blocks looks at the text as it came, before anything is masked.
    const patterns = (['block', 'mask'] as const).flatMap((kind) =>
      verbs.filter(({ options }) => options[kind] !== undefined).map((verb) => ({ verb, kind })),
    );
    const tokens = maxTokensOf(verbs);
    const maxChars = ctx.cached && tokens !== null ? tokens * charsPerToken : Number.POSITIVE_INFINITY;
    const json = verbs.find(({ options }) => options['json'] === true) ?? null;
    if (patterns.length === 0 && json === null && maxChars === Number.POSITIVE_INFINITY) return undefined;
    return new OutputTransform({ patterns, maxChars, json });
  }

  push(chunk: Chunk, emit: Emit): void {
    switch (chunk.type) {
      case 'text':
      case 'refusal':
      case 'reasoning':
        return this.#pushText(chunk, emit);
      case 'usage':
        return emit(chunk);
      case 'opaque':
        if (!beside(chunk)) for (const index of this.#choices.keys()) this.#endText(index, emit);
        return emit(chunk);
      case 'finish': {
        const choice = this.#endText(chunk.choice, emit);
        if (choice.stopped === null) return emit(chunk);
        const reason = choice.stopped === 'block' ? 'content_filter' : 'length';
        return emit({ type: 'finish', choice: chunk.choice, reason });
      }
      default: {
        const choice = this.#endText(chunk.choice, emit);
        if (chunk.type === 'tool_call') choice.hasCalls = true;
        if (choice.stopped === null) emit(chunk);
      }
    }
  }

  end(emit: Emit): PassedDecision | undefined {
    for (const index of this.#choices.keys()) this.#endText(index, emit);
    const { json } = this.#rules;
    const noJson = json === null ? null : this.#firstNoJson();
    if (json !== null && noJson !== null) {
      return {
        type: 'deny',
        code: 'structured_output_invalid',
        message: `The policy ${json.policy} wants an answer that is JSON; the model's is not: ${noJson}. Ask the model for JSON alone.`,
        details: { policy: json.policy, rule: json.rule },
      };
    }
    const blocked = [...this.#blockedBy];
    if (blocked.length === 0 && !this.#masks) return undefined;
    return {
      type: 'continue',
      tags: blocked.length > 0 ? { output_blocked: blocked.join(',') } : { output_masked: 'yes' },
      ...(blocked.length > 0 ? { reason: `blocked by ${blocked.join(', ')}` } : undefined),
    };
  }

  #pushText({ type, choice: index, text }: Chunk & { readonly type: TextType }, emit: Emit): void {
    let choice = this.#choice(index);
    if (choice.type !== type) choice = this.#endText(index, emit);
    choice.type = type;
    if (choice.stopped !== null) return;
    choice.streams ??= this.#rules.patterns.map(
      ({ verb, kind }) => new PatternStream(patternOf(verb.options, kind)!, windowOf(verb), kind),
    );
    this.#send(index, choice, this.#through(choice, text, false), emit);
  }

  #through({ streams }: ChoiceText, text: string, isFinal: boolean): string {
    let passing = text;
    let ends = isFinal;
    for (const [place, stream] of streams!.entries()) {
      const before = passing;
      passing = stream.push(passing, ends);
      this.#masks ||=
        passing !== before && this.#rules.patterns[place]!.kind === 'mask' && passing.includes('[masked]');
      // Nothing comes after a block, so what the ones behind it hold back may go.
      ends ||= stream.stopped;
    }
    return passing;
  }

  #send(index: number, choice: ChoiceText, text: string, emit: Emit): void {
    const blocking = choice.streams?.findIndex(({ stopped }) => stopped) ?? -1;
    if (blocking >= 0) {
      const { policy, rule } = this.#rules.patterns[blocking]!.verb;
      this.#blockedBy.add(`${policy}/${rule}`);
      choice.stopped = 'block';
    }
    let sent = text;
    if (choice.type === 'text') {
      const room = this.#rules.maxChars - choice.chars;
      if (sent.length > room) {
        sent = sent.slice(0, room);
        choice.stopped ??= 'length';
      }
      choice.chars += sent.length;
      if (this.#rules.json !== null && choice.chars <= maxJsonChars) choice.json.push(sent);
    }
    if (sent !== '') emit({ type: choice.type, choice: index, text: sent });
  }

  #choice(index: number): ChoiceText {
    let choice = this.#choices.get(index);
    if (choice === undefined) {
      choice = { type: 'text', streams: null, stopped: null, chars: 0, hasCalls: false, json: [] };
      this.#choices.set(index, choice);
    }
    return choice;
  }

  #endText(index: number, emit: Emit): ChoiceText {
    const choice = this.#choice(index);
    if (choice.streams === null) return choice;
    if (choice.stopped === null) this.#send(index, choice, this.#through(choice, '', true), emit);
    choice.streams = null;
    return choice;
  }

  /** Why a choice is no JSON, in words without its text; null where all are. */
  #firstNoJson(): string | null {
    for (const { stopped, chars, hasCalls, json } of this.#choices.values()) {
      if (stopped === 'block' || (hasCalls && chars === 0)) continue;
      if (chars > maxJsonChars) return `it has more than ${maxJsonChars} characters`;
      try {
        JSON.parse(json.join(''));
      } catch {
        return stopped === 'length' ? 'it was cut at its limit' : `its ${chars} characters do not parse`;
      }
    }
    return null;
  }
}

/** The lowest limit of some verbs; null where none has one. */
export function maxTokensOf(verbs: readonly PolicyVerb[]): number | null {
  const limits = verbs
    .map(({ options }) => options['maxTokens'])
    .filter((limit) => typeof limit === 'number');
  return limits.length === 0 ? null : Math.min(...limits);
}

function windowOf({ options: { holdback } }: PolicyVerb): number {
  return typeof holdback === 'number' ? holdback : defaultHoldback;
}
