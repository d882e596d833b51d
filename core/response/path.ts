import type { Answer, Chunk } from '../../sdk/chunk.ts';
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
import { type Chain, type ChainPart, openChain } from './chain.ts';
import { denied } from './denied.ts';
import { guardedObserver, guardedTransform } from './guard.ts';
import { onTheSide } from './on-the-side.ts';
import { changeAnswer, changesAnswer } from './replace-texts.ts';

/** A step and its place in the program. */
interface Place {
  readonly step: Step;
  readonly index: number;
}

/** Chunks go through `chain`; then, where there is one, a step that needs the finished answer decides. */
class Stage {
  readonly whole: Place | null;
  readonly #make: () => Chain;
  #chain: Chain | null = null;

  constructor(make: () => Chain, whole: Place | null) {
    this.#make = make;
    this.whole = whole;
  }

  /** Made when it is reached: what the steps before it decided is known to its own. */
  get chain(): Chain {
    this.#chain ??= this.#make();
    return this.#chain;
  }
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
  /** The events kept while a `whole` step waits for the end, with what became of their chunks; null for what was held back. */
  readonly #kept: { readonly event: DecodedEvent | null; readonly chunks: readonly Chunk[] }[] = [];
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
  event(event: DecodedEvent): MaybePromise<string> {
    const passed = this.#stages[0]!.chain.push(event.chunks);
    return isPromise(passed) ? passed.then((late) => this.#passed(event, late)) : this.#passed(event, passed);
  }

  #passed(event: DecodedEvent, chunks: readonly Chunk[]): string {
    if (this.buffered) {
      this.#keep(event, chunks);
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
    return isPromise(held) ? held.then((late) => this.#endStream(late)) : this.#endStream(held);
  }

  #endStream(held: readonly Chunk[]): MaybePromise<string> {
    if (!this.buffered) {
      this.#builder.add(held);
      return this.#finish(held.length === 0 ? '' : this.#codec.encodeChunks(this.#visible(held)));
    }
    if (held.length > 0) this.#keep(null, held);
    const before = this.#kept.flatMap(({ chunks }) => chunks);
    const passed = this.#wholeStages(before);
    const encode = (after: readonly Chunk[]) => {
      this.#builder.add(after);
      // Untouched answers leave as the provider wrote them, unknown fields included.
      return this.#finish(
        after === before ? this.#encodeKept() : this.#codec.encodeChunks(this.#visible(after)),
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
    const passed = through(this.#stages[0]!.chain, chunks);
    return isPromise(passed) ? passed.then((late) => this.#wholeStages(late)) : this.#wholeStages(passed);
  }

  #encodeKept(): string {
    const texts = this.#kept.map(({ event, chunks }) =>
      event === null
        ? this.#codec.encodeChunks(this.#visible(chunks))
        : this.#codec.encodeEvent(event, this.#visible(chunks)),
    );
    return texts.join('');
  }

  /** Nothing is encoded before it is known what leaves: a codec knows what it has written. */
  #keep(event: DecodedEvent | null, chunks: readonly Chunk[]): void {
    this.#keptChars += event?.data.length ?? chunks.length;
    if (this.#keptChars > maxBufferedChars) {
      throw new GatewayError(
        'upstream_error',
        `The answer is longer than the ${maxBufferedChars} characters that ${this.#stages[0]!.whole!.step.name} can examine.`,
      );
    }
    this.#kept.push({ event, chunks });
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
    for (const [position, stage] of this.#stages.entries()) {
      const { whole } = stage;
      if (position > 0) current = await through(stage.chain, current);
      if (whole === null) break;
      const { step, index } = whole;
      const answer = answerOf(current, this.#context.status, this.#codec.model);
      const decision = await runHook(this.#x, step, index, 'afterResponse', undefined, (state) =>
        step.whole!(this.#context, state, answer),
      );
      if (decision?.type === 'deny') throw denied(decision);
      if (decision?.type === 'continue' && changesAnswer(decision)) {
        current = changeAnswer(current, decision);
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
    let places: Place[] = [];
    const { steps } = x.options.program;
    const stage = (whole: Place | null) => {
      const own = places;
      places = [];
      return new Stage(() => openChain(this.#partsOf(own)), whole);
    };
    for (let index = steps.length - 1; index >= 0; index -= 1) {
      const step = steps[index]!;
      if (step.streamMode === null || x.matched[index] === false) continue;
      const place = { step, index };
      // In shadow mode nothing waits and nothing changes: such a step only looks.
      if (step.streamMode !== 'whole' || step.mode === 'shadow') places.push(place);
      else {
        if (step.transform !== undefined) places.push(place);
        if (this.#wants(step, index)) stages.push(stage(place));
      }
    }
    stages.push(stage(null));
    // What fails to begin must do so before the first event.
    stages[0]!.chain;
    return stages;
  }

  #partsOf(places: readonly Place[]): ChainPart[] {
    return places.map(({ step, index }) => this.#part(step, index)).filter((part) => part !== undefined);
  }

  #wants(step: Step, index: number): boolean {
    try {
      return step.wants?.(this.#context, stateOf(this.#x, step, index)) ?? true;
    } catch {
      // Its hook will fail as well, and is answered by its on_failure.
      return true;
    }
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
    if (streamMode !== 'observe' && mode !== 'shadow') {
      return guardedTransform(x, step, index, () => step.transform?.(this.#context, state));
    }
    return guardedObserver(x, step, () => {
      if (streamMode === 'chunk') return onTheSide(x, step, index, step.transform?.(this.#context, state));
      const observer: StepObserver | undefined =
        streamMode === 'whole' && step.observe === undefined
          ? { conclude: (answer) => step.whole!(this.#context, state, answer) }
          : step.observe?.(this.#context, state);
      if (observer?.conclude !== undefined) this.#concludeWith(step, index, observer);
      return observer;
    });
  }
}

/** All chunks of an answer through a chain. */
function through(chain: Chain, chunks: readonly Chunk[]): MaybePromise<readonly Chunk[]> {
  const pushed = chain.push(chunks);
  if (isPromise(pushed)) return pushed.then(async (early) => [...early, ...(await chain.end())]);
  const held = chain.end();
  if (isPromise(held)) return held.then((late) => [...pushed, ...late]);
  return held.length === 0 ? pushed : [...pushed, ...held];
}
