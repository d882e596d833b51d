import type { Answer, Chunk } from '../../sdk/chunk.ts';
import type { ChunkObserver, ChunkTransform } from '../../sdk/decision.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { MaybePromise } from '../../sdk/plugin.ts';
import type { DecodedEvent } from '../../sdk/wire.ts';
import type { JsonText } from '../body/json-text.ts';
import type { AnswerCodec } from '../dialects/dialect.ts';
import { HookResponseContext } from '../pipeline/context.ts';
import type { Exchange } from '../pipeline/exchange.ts';
import { isPromise, runHook, stateOf } from '../pipeline/hook.ts';
import type { Step, StepObserver } from '../program/step.ts';
import { AnswerBuilder, answerOf } from './answer.ts';
import { type Chain, type ChainPart, createChain } from './chain.ts';
import { denied } from './denied.ts';
import { guardedObserver, guardedTransform } from './guard.ts';
import { replaceTexts } from './replace-texts.ts';

/** Chunks go through `chain`; then, where there is one, a step that needs the finished answer decides. */
interface Stage {
  readonly chain: Chain;
  readonly whole: { readonly step: Step; readonly index: number } | null;
}

/** Answers that a `whole` step needs are kept up to this many characters. */
const maxBufferedChars = 16 * 1024 * 1024;

/**
 * The way of one answer back up the program: the `afterResponse` hooks in reverse folder order. Without a step of
 * mode `whole` every event leaves as soon as its chunks have passed; with one, events are kept to the end.
 */
export class AnswerPath {
  readonly #x: Exchange;
  readonly #codec: AnswerCodec;
  readonly #context: HookResponseContext;
  readonly #stages: readonly Stage[];
  readonly #hideUsage: boolean;
  readonly #builder = new AnswerBuilder();
  /** SSE text of the events kept, and their chunks, while a `whole` step waits for the end. */
  #keptText: string[] = [];
  #keptChunks: Chunk[] = [];
  #keptChars = 0;
  readonly #conclusions: ((answer: Answer) => void)[] = [];
  #final: Answer | null = null;

  /** @param hideUsage drop usage that the gateway asked for and the client did not. */
  constructor(x: Exchange, codec: AnswerCodec, attempt: number, status: number, hideUsage: boolean) {
    this.#x = x;
    this.#codec = codec;
    this.#hideUsage = hideUsage;
    this.#context = new HookResponseContext(x, attempt, status);
    this.#stages = this.#build();
  }

  /** True when nothing may be sent before the answer is complete. */
  get buffered(): boolean {
    return this.#stages[0]!.whole !== null;
  }

  /** What has been seen of the answer so far. */
  answer(status: number): Answer {
    return this.#final ?? this.#builder.build(status, this.#codec.model);
  }

  /** Passes one event on. @returns the SSE text to send now, '' while the answer is kept. */
  event(event: DecodedEvent): string {
    const chunks = this.#stages[0]!.chain.push(event.chunks);
    if (this.buffered) {
      this.#keep(this.#codec.encodeEvent(event, this.#visible(chunks)), chunks);
      return '';
    }
    this.#builder.add(chunks);
    return this.#codec.encodeEvent(event, this.#visible(chunks));
  }

  /**
   * The stream is complete. @returns the SSE text that was still held back, without the dialect's end marker.
   * @throws GatewayError when a `whole` step denies the answer.
   */
  endStream(): MaybePromise<string> {
    const held = this.#stages[0]!.chain.end();
    if (!this.buffered) {
      this.#builder.add(held);
      return this.#finish(held.length === 0 ? '' : this.#codec.encodeChunks(this.#visible(held)));
    }
    if (held.length > 0) this.#keep(this.#codec.encodeChunks(this.#visible(held)), held);
    const before = this.#keptChunks;
    const passed = this.#wholeStages(before);
    const encode = (after: readonly Chunk[]) => {
      this.#builder.add(after);
      // Untouched answers leave as the provider wrote them, unknown fields included.
      return this.#finish(
        after === before ? this.#keptText.join('') : this.#codec.encodeChunks(this.#visible(after)),
      );
    };
    return isPromise(passed) ? passed.then(encode) : encode(passed);
  }

  /** Passes a whole JSON answer. @returns its text, the very same where nothing was changed. */
  whole(body: JsonText, decoded: DecodedEvent): MaybePromise<string> {
    const passed = this.#all(decoded.chunks);
    const encode = (after: readonly Chunk[]) => {
      this.#builder.add(after);
      return this.#finish(this.#codec.encodeWhole(body, decoded, after));
    };
    return isPromise(passed) ? passed.then(encode) : encode(passed);
  }

  /** Passes chunks that come all at once: an answer of a hook, a whole answer for a client that streams. */
  chunks(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    const passed = this.#all(chunks);
    const note = (after: readonly Chunk[]) => {
      this.#builder.add(after);
      return this.#finish(this.#visible(after));
    };
    return isPromise(passed) ? passed.then(note) : note(passed);
  }

  #all(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    const { chain } = this.#stages[0]!;
    const pushed = chain.push(chunks);
    const held = chain.end();
    return this.#wholeStages(held.length === 0 ? pushed : [...pushed, ...held]);
  }

  #keep(text: string, chunks: readonly Chunk[]): void {
    this.#keptChars += text.length;
    if (this.#keptChars > maxBufferedChars) {
      throw new GatewayError(
        'upstream_error',
        `The answer is longer than the ${maxBufferedChars} characters that ${this.#stages[0]!.whole!.step.name} can examine.`,
      );
    }
    this.#keptText.push(text);
    this.#keptChunks.push(...chunks);
  }

  #visible(chunks: readonly Chunk[]): readonly Chunk[] {
    if (!this.#hideUsage || !chunks.some((chunk) => chunk.type === 'usage')) return chunks;
    return chunks.filter((chunk) => chunk.type !== 'usage');
  }

  /** Runs the `whole` steps and the chains behind them, one after the other. */
  #wholeStages(chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
    return this.#stages[0]!.whole === null ? chunks : this.#runWhole(chunks);
  }

  async #runWhole(chunks: readonly Chunk[]): Promise<readonly Chunk[]> {
    let current = chunks;
    for (const [position, { whole, chain }] of this.#stages.entries()) {
      if (position > 0) {
        const pushed = chain.push(current);
        const held = chain.end();
        current = held.length === 0 ? pushed : [...pushed, ...held];
      }
      if (whole === null) break;
      const { step, index } = whole;
      const answer = answerOf(current, this.#context.status, this.#codec.model);
      const decision = await runHook(this.#x, step, index, 'afterResponse', undefined, (state) =>
        step.whole!(this.#context, state, answer),
      );
      if (decision?.type === 'deny') throw denied(decision);
      if (decision?.type === 'continue' && decision.texts !== undefined) {
        current = replaceTexts(current, decision.texts);
      }
    }
    return current;
  }

  /** The answer is complete: tells those who look at it. */
  #finish<T>(result: T): T {
    const answer = this.answer(this.#context.status);
    this.#final = answer;
    for (const { chain } of this.#stages) chain.finished(answer);
    for (const conclude of this.#conclusions) conclude(answer);
    return result;
  }

  #build(): Stage[] {
    const x = this.#x;
    const stages: Stage[] = [];
    let parts: ChainPart[] = [];
    const { steps } = x.options.program;
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      const step = steps[index]!;
      if (step.streamMode === null || x.matched[index] === false) continue;
      // In shadow mode nothing waits and nothing changes: such a step only looks.
      if (step.streamMode === 'whole' && step.mode !== 'shadow') {
        stages.push({ chain: createChain(parts), whole: { step, index } });
        parts = [];
        continue;
      }
      const part = this.#part(step, index);
      if (part !== undefined) parts.push(part);
    }
    stages.push({ chain: createChain(parts), whole: null });
    return stages;
  }

  #concludeWith(step: Step, index: number, observer: StepObserver): void {
    this.#conclusions.push((answer) => {
      // Nobody waits for what is only recorded, and a failure is on the record as well.
      try {
        const result = runHook(this.#x, step, index, 'afterResponse', undefined, () =>
          observer.conclude!(answer),
        );
        if (isPromise(result)) result.catch(() => undefined);
      } catch {}
    });
  }

  #part(step: Step, index: number): ChainPart | undefined {
    const x = this.#x;
    const state = stateOf(x, step, index);
    const { streamMode, mode } = step;
    if (streamMode === 'chunk' && mode !== 'shadow') {
      return guardedTransform(x, step, () => step.transform?.(this.#context, state));
    }
    return guardedObserver(x, step, () => {
      if (streamMode === 'chunk') return onTheSide(step.transform?.(this.#context, state));
      const observer: StepObserver | undefined =
        streamMode === 'whole' && step.observe === undefined
          ? { conclude: (answer) => step.whole!(this.#context, state, answer) }
          : step.observe?.(this.#context, state);
      if (observer?.conclude !== undefined) this.#concludeWith(step, index, observer);
      return observer;
    });
  }
}

/** A transform that sees the answer and whose own goes nowhere. */
function onTheSide(transform: ChunkTransform | undefined): ChunkObserver | undefined {
  if (transform === undefined) return undefined;
  const nowhere = () => undefined;
  return {
    chunk: (chunk) => transform.push(chunk, nowhere),
    end: () => transform.end?.(nowhere),
  };
}
