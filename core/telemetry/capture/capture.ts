import type { Answer } from '../../../sdk/chunk.ts';
import type { JsonObject } from '../../../sdk/json.ts';
import type { Clock, Log } from '../../../sdk/services.ts';
import type { Exchange } from '../../pipeline/exchange.ts';
import type { Program } from '../../program/step.ts';
import { recordLine } from '../../replay/record.ts';
import type { CaptureConfig } from './capture-config.ts';
import { type SpanContent, spanContent } from './captured.ts';
import { type MaskText, maskJson, maskString } from './masked-json.ts';
import { canMask, masksOf } from './masks.ts';

/** Why a request that was to be captured was not. */
export type CaptureLoss = 'too_large' | 'not_masked' | 'queue_full' | 'failed' | 'write_failed';

export interface CaptureOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** As the configuration has it now. */
  config(): CaptureConfig;
  /** Takes a line for the file of recorded requests; false where there is no room. Null where there are no files. */
  readonly files: { add(line: string): boolean } | null;
}

interface Job {
  readonly x: Exchange;
  readonly body: JsonObject;
  readonly chars: number;
  /** As the provider gave it. */
  readonly given: Answer | null;
  readonly shown: Answer | null;
  readonly mask: MaskText | null;
  readonly done: (content: SpanContent | null) => void;
}

/** Of all that wait to be written down. */
const maxWaitingChars = 16 * 1024 * 1024;
/** One after the other in turns so short that no request notices. */
const turnMs = 2;

/**
 * Takes down what requests and answers say, where the configuration wants it: after the request, in its own time, and
 * never more than there is room for.
 */
export class Capture {
  readonly #options: CaptureOptions;
  readonly #waiting: Job[] = [];
  #chars = 0;
  #turn = false;
  #recorded = 0;
  readonly #lost: Record<CaptureLoss, number> = {
    too_large: 0,
    not_masked: 0,
    queue_full: 0,
    failed: 0,
    write_failed: 0,
  };
  #warned: Program | null = null;

  constructor(options: CaptureOptions) {
    this.#options = options;
  }

  get counts(): { readonly recorded: number; readonly lost: Readonly<Record<CaptureLoss, number>> } {
    return { recorded: this.#recorded, lost: this.#lost };
  }

  /** Lines that were not written after all. */
  lose(count: number): void {
    this.#lost.write_failed += count;
  }

  /** Says where `masked` will capture nothing. */
  check(program: Program): void {
    if (this.#options.config().mode !== 'masked' || this.#warned === program) return;
    this.#warned = program;
    if (canMask(program)) return;
    const message =
      'telemetry.capture is masked and nothing is captured: no plugin of the program masks texts; add pii-redactor, or set it to none';
    const place = { file: 'gateway.yaml', line: 0, column: 0 };
    this.#options.log.warn(
      { policies: program.version, problems: [{ ...place, severity: 'warning', message }] },
      message,
    );
  }

  /**
   * Takes a request that has ended.
   *
   * @param done told, later, what its spans may hold; null for nothing.
   */
  take(x: Exchange, done: (content: SpanContent | null) => void): void {
    const { captureChars = 0, program } = x.options;
    const { mode } = this.#options.config();
    if (captureChars === 0 || mode === 'none') return done(null);
    this.check(program);
    const loss = this.#add(x, captureChars, mode, done);
    if (loss === null) return;
    this.#lost[loss] += 1;
    done(null);
  }

  /** Writes down all that waits. */
  close(): void {
    for (let job = this.#next(); job !== undefined; job = this.#next()) this.#run(job);
  }

  #add(x: Exchange, limit: number, mode: 'masked' | 'full', done: Job['done']): CaptureLoss | null {
    const { body } = x.options;
    const json = mode === 'full' ? body.received : body.json;
    const { text } = json;
    if (text.length > limit) return 'too_large';
    if (this.#chars + text.length > maxWaitingChars) return 'queue_full';
    const mask = mode === 'masked' ? masksOf(x) : null;
    if (mode === 'masked' && mask === null) return 'not_masked';
    const given = x.given?.truncated === true ? null : (x.given?.build(x.status, x.model) ?? null);
    const chars = text.length + limit;
    this.#waiting.push({ x, body: json.value, chars, given, shown: x.answer, mask, done });
    this.#chars += chars;
    this.#expect();
    return null;
  }

  #expect(): void {
    if (this.#turn) return;
    this.#turn = true;
    const { clock } = this.#options;
    clock.after(0, () => {
      this.#turn = false;
      const untilMs = clock.monotonic() + turnMs;
      do {
        const job = this.#next();
        if (job === undefined) return;
        this.#run(job);
      } while (clock.monotonic() < untilMs);
      this.#expect();
    });
  }

  #next(): Job | undefined {
    const job = this.#waiting.shift();
    this.#chars -= job?.chars ?? 0;
    return job;
  }

  #run(job: Job): void {
    let content: SpanContent | null = null;
    try {
      content = this.#write(job);
    } catch (error) {
      this.#lost.failed += 1;
      const { log } = this.#options;
      // Its message may hold what could not be masked.
      log.error(
        { error: error instanceof Error ? error.name : 'unknown' },
        'a request could not be captured',
      );
    }
    job.done(content);
  }

  #write({ x, mask, done: _, ...job }: Job): SpanContent {
    const { options, identity } = x;
    const body = mask === null ? job.body : (maskJson(job.body, mask) as JsonObject);
    const given = mask === null ? job.given : maskAnswer(job.given, mask);
    const shown = mask === null ? job.shown : given;
    const { files } = this.#options;
    if (files !== null && options.dialect.api !== 'count_tokens') {
      const line = recordLine({
        requestId: options.requestId,
        nowMs: options.arrivedAtMs,
        api: options.dialect.api,
        body,
        identity,
        headers: mask === null ? x.headers : maskHeaders(x.headers, mask),
        ip: mask === null ? options.ip : null,
        answer: given,
      });
      if (!files.add(line)) this.#lost.queue_full += 1;
    }
    this.#recorded += 1;
    return spanContent(options.dialect, body, shown);
  }
}

function maskAnswer(answer: Answer | null, mask: MaskText): Answer | null {
  if (answer === null) return null;
  return {
    ...answer,
    choices: answer.choices.map((choice) => ({
      ...choice,
      text: maskString(choice.text, mask, ''),
      reasoning: maskString(choice.reasoning, mask, ''),
      refusal: maskString(choice.refusal, mask, ''),
      toolCalls: choice.toolCalls.map((call) => ({
        ...call,
        name: mask(call.name, 'name'),
        arguments: maskString(call.arguments, mask, 'arguments'),
      })),
    })),
  };
}

function maskHeaders(
  headers: Readonly<Record<string, string>>,
  mask: MaskText,
): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, mask(value, name)]));
}
