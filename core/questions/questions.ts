import type { Answer } from '../../sdk/chunk.ts';
import type { Completion, CompletionQuestion, Completions } from '../../sdk/completions.ts';
import { GatewayError } from '../../sdk/errors.ts';
import type { Json } from '../../sdk/json.ts';
import type { Target } from '../../sdk/target.ts';
import type { Usage } from '../../sdk/usage.ts';
import { type JsonText, jsonTextFrom } from '../body/json-text.ts';
import { RequestBody } from '../body/request-body.ts';
import { chatDialect } from '../dialects/chat/dialect.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { embeddingsDialect } from '../dialects/embeddings/dialect.ts';
import { Exchange } from '../pipeline/exchange.ts';
import type { InFlight } from '../pipeline/in-flight.ts';
import { runPipeline } from '../pipeline/pipeline.ts';
import type { Program } from '../program/step.ts';
import { BufferSink } from './buffer-sink.ts';

/** Who asked may ask again about what came, also where its own request is over by then. */
const followUpMs = 5_000;

/** A question ends by its signal; without one it has the time of a request at most. */
const maxTimeoutMs = 600_000;

/** What came of a question. */
interface Answered {
  readonly answer: Answer;
  readonly usage: Usage | null;
  readonly target: Target;
  /** As it would have been sent to a client. */
  readonly body: string;
}

/** Texts that the gateway itself wants as vectors. */
export interface EmbeddingQuestion extends Pick<CompletionQuestion, 'purpose' | 'requestId' | 'signal'> {
  /** Body of a call of `/v1/embeddings`. */
  readonly body: JsonText;
}

/**
 * Questions of plugins to models, beside the requests that they work for. Each is an exchange of its own that goes
 * through the attempts like any other, but of the program only the steps that keep accounts see it: limits hold for it,
 * and the ledger books it under the request it is asked for.
 */
export class Questions implements Completions {
  readonly #active: InFlight;
  readonly #programs = new WeakMap<Program, Program>();
  readonly #asked = new WeakMap<Exchange, number>();
  /** Requests that questions are or were lately asked for, and how many of these are not forgotten yet. */
  readonly #asking = new Map<string, { readonly parent: Exchange; open: number }>();

  constructor(active: InFlight) {
    this.#active = active;
  }

  async complete(question: CompletionQuestion): Promise<Completion> {
    const parent = this.#parentOf(question.requestId);
    const body = jsonTextFrom(JSON.stringify(chatBody(question)));
    const { answer, usage, target } = await this.#ask(parent, chatDialect, body, question);
    if (usage === null) throw noAnswer(question.purpose);
    return {
      text: answer.choices[0]?.text ?? '',
      usage,
      costNanoUsd: parent.services.prices.cost(target, usage)?.totalNanoUsd ?? null,
      target: target.id,
    };
  }

  /**
   * Asks for embeddings, as `complete` asks for a completion.
   *
   * @returns the body of the answer, in OpenAI's format.
   */
  async embed(question: EmbeddingQuestion): Promise<string> {
    const parent = this.#parentOf(question.requestId);
    return (await this.#ask(parent, embeddingsDialect, question.body, question)).body;
  }

  #parentOf(requestId: string): Exchange {
    const parent = this.#active.find(requestId) ?? this.#asking.get(requestId)?.parent;
    if (parent !== undefined) return parent;
    throw new GatewayError(
      'internal_error',
      `A question must be asked while its request ${requestId} is under way; it is over.`,
    );
  }

  async #ask(
    parent: Exchange,
    dialect: Dialect,
    body: JsonText,
    { only, purpose, signal }: Partial<CompletionQuestion> & Pick<CompletionQuestion, 'purpose' | 'signal'>,
  ): Promise<Answered> {
    signal.throwIfAborted();
    const { options, services } = parent;
    const forget = this.#remember(parent);
    const number = (this.#asked.get(parent) ?? 0) + 1;
    this.#asked.set(parent, number);
    const sink = new BufferSink();
    const askedMs = parent.elapsedMs();
    const x = new Exchange({
      ...options,
      dialect,
      rawHeaders: {},
      body: new RequestBody(dialect, body),
      sink,
      program: this.#accountsOf(options.program),
      arrivedAtMs: services.clock.now(),
      startedMs: services.clock.monotonic(),
      timeoutMs: Math.min(options.timeoutMs, maxTimeoutMs),
      identity: parent.identity,
      aside: { purpose, number },
      onSettled: (trace) => {
        for (const attempt of trace.attempts) {
          const aside = { ...attempt, startedMs: attempt.startedMs + askedMs, purpose };
          parent.recorder.aside(aside);
          // The record may be made already: an answer of a cache is checked after it was given.
          if (parent.over) options.onLateAside?.(options.requestId, aside);
        }
      },
    });
    // What hooks allowed of the request so far holds for what is asked on its behalf.
    x.constraints.push(...parent.constraints);
    if (only !== undefined) x.constraints.push({ constraint: only, writer: { policy: purpose, rule: null } });
    const leave = () =>
      x.breakOff(new GatewayError('internal_error', 'Nobody waits any more.'), 'client_gone');
    signal.addEventListener('abort', leave, { once: true });
    try {
      await runPipeline(x, options.attempts);
    } finally {
      signal.removeEventListener('abort', leave);
      services.clock.after(followUpMs, forget);
    }
    signal.throwIfAborted();
    if (x.error !== null) throw x.error;
    if (x.answer === null || x.target === null) throw noAnswer(purpose);
    return { answer: x.answer, usage: x.usage, target: x.target, body: sink.body };
  }

  #remember(parent: Exchange): () => void {
    const { requestId } = parent.options;
    const known = this.#asking.get(requestId) ?? { parent, open: 0 };
    known.open += 1;
    this.#asking.set(requestId, known);
    return () => {
      known.open -= 1;
      if (known.open === 0) this.#asking.delete(requestId);
    };
  }

  /** The part of a program that questions pass: the steps that keep accounts. */
  #accountsOf(program: Program): Program {
    let part = this.#programs.get(program);
    if (part === undefined) {
      part = { ...program, steps: program.steps.filter((step) => step.accounts === true) };
      this.#programs.set(program, part);
    }
    return part;
  }
}

function noAnswer(purpose: string): GatewayError {
  return new GatewayError('upstream_error', `The question of ${purpose} got no answer.`);
}

function chatBody({
  model,
  messages,
  maxOutputTokens,
  temperature,
  schema,
  purpose,
}: CompletionQuestion): Json {
  return {
    model,
    messages: messages.map(({ role, text }) => ({ role, content: text })),
    max_completion_tokens: maxOutputTokens,
    ...(temperature === undefined ? undefined : { temperature }),
    ...(schema === undefined
      ? undefined
      : {
          response_format: {
            type: 'json_schema',
            json_schema: { name: purpose.replaceAll(/[^\w-]/g, '_'), schema: schema as Json, strict: true },
          },
        }),
  };
}
