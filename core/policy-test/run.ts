import { countingIds, fixedRandom } from '../../sdk/testing/fakes.ts';
import type { Trace } from '../../sdk/trace.ts';
import { jsonTextFrom } from '../body/json-text.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { dialectFor } from '../dialects/registry.ts';
import { createHealth } from '../health/health.ts';
import { InFlight } from '../pipeline/in-flight.ts';
import type { GivenFacts, Program, Step } from '../program/step.ts';
import { SseDecoder } from '../response/sse-decoder.ts';
import type { Setup } from '../runtime/setup.ts';
import { MasterKey } from '../server/auth.ts';
import { type IngressDeps, serveInference } from '../server/ingress.ts';
import { silentLog } from '../services/silent-log.ts';
import { withServices } from '../services/with-services.ts';
import { CaseError } from './case.ts';
import { caseClock } from './case-clock.ts';
import { CaseIncoming, type CaseResponse } from './case-incoming.ts';
import { givenFacts } from './given-facts.ts';
import { withTokensIn } from './given-view.ts';
import { Script, type ScriptedCall } from './script.ts';
import type { Situation } from './situation.ts';

/** What cases run in: a loaded program and the configuration it was loaded with. Nothing of either is changed. */
export interface Stage {
  readonly program: Program;
  readonly setup: Pick<Setup, 'config' | 'services' | 'attempts'>;
  /** Which steps run besides policies: plugins that work without anything outside. None by default. */
  runs?(step: Step): boolean;
}

/** Hears a stream pass: what the script sends, and what the client gets, in the order of it. */
export interface Tap {
  sent(text: string): void;
  got(text: string): void;
}

/** What came of one request. */
export interface Run {
  readonly trace: Trace;
  readonly response: CaseResponse;
  /** The text of the answer; null where there is none. */
  readonly responseText: string | null;
  readonly errorMessage: string | null;
  readonly calls: readonly ScriptedCall[];
}

/** A case is alone. */
const openGate: IngressDeps['gate'] = { enter: () => undefined, leave: () => undefined };

/** Marks the step that puts the given tags in place; it is taken out of the record again. */
const givenFile = '(given)';
/** Nothing in a case takes time of its own; only code in the sandbox can be slow, and that is stopped much earlier. */
const maxCaseMs = 5_000;

/**
 * Sends one request through the real pipeline, past the policies of the program (plugins have effects outside and
 * are left out) and to providers that answer from the script. No time passes and nobody is called.
 *
 * @param limitMs real time it may take
 * @throws CaseError where the request never reaches the program, or does not come to an end.
 */
export async function runSituation(
  situation: Situation,
  stage: Stage,
  limitMs = maxCaseMs,
  tap?: Tap,
): Promise<Run> {
  const dialect = dialectFor(situation.api);
  if (dialect === undefined) throw new CaseError(`request.api: ${situation.api} requests are not served yet`);
  const script = new Script(situation.upstream, tap?.sent);
  const incoming = new CaseIncoming(situation, tap?.got);
  const traces: Trace[] = [];
  const deps = ingressDeps(situation, stage, script, (trace) => traces.push(trace));
  const serving = serveInference(incoming, withTokensIn(dialect, situation.tokensIn), deps);
  await within(serving, limitMs, () => {
    for (const exchange of deps.active) exchange.abort('shutdown');
  });
  const { response } = incoming;
  const [trace] = traces;
  if (trace === undefined) {
    throw new CaseError(
      `the request is refused before any policy sees it: ${response.status} ${errorText(response)}`,
    );
  }
  const streamed = response.headers['content-type']?.startsWith('text/event-stream') === true;
  return {
    trace: withoutGiven(trace),
    response,
    responseText: response.status < 300 ? textOf(response.body, streamed, dialect) : null,
    errorMessage: response.status < 300 ? null : errorText(response),
    calls: script.calls,
  };
}

function ingressDeps(
  situation: Situation,
  stage: Stage,
  script: Script,
  settled: (trace: Trace) => void,
): IngressDeps {
  const { program, setup } = stage;
  const ids = countingIds();
  const { requestId } = situation;
  const clock = caseClock(situation.nowMs);
  const facts = givenFacts(situation.budgets, setup.services.prices, () => script.lastUsd);
  const version = {
    program: { ...program, steps: [...givenTags(situation.tags), ...stepsOf(stage, facts)] },
    config: setup.config,
    auth: new MasterKey(null),
    keys: null,
    services: withServices(setup.services, {
      clock,
      random: fixedRandom(0),
      ids: requestId === null ? ids : { ...ids, request: () => requestId },
      log: silentLog,
      health: createHealth({ clock }),
    }),
    attempts: {
      provider(name: string) {
        const provider = setup.attempts.provider(name);
        return provider === undefined ? undefined : script.wrap(provider);
      },
      http: script.transport,
      issued: setup.attempts.issued,
    },
  };
  return {
    acquire: () => ({ version, release: () => undefined }),
    draining: false,
    gate: openGate,
    active: new InFlight(),
    released: () => undefined,
    settled,
  };
}

/** The steps of a program that decide by the request alone, told what the case says is spent. */
function stepsOf({ program, runs }: Stage, facts: GivenFacts): readonly Step[] {
  const mine = program.steps.filter((step) => step.kind === 'policy' || runs?.(step) === true);
  return mine.map((step) => step.withFacts?.(facts) ?? step);
}

function givenTags(tags: Readonly<Record<string, string>>): readonly Step[] {
  if (Object.keys(tags).length === 0) return [];
  return [
    {
      file: givenFile,
      name: 'given',
      kind: 'policy',
      summary: 'tags of the case',
      mode: 'enforce',
      onFailure: 'closed',
      timeoutMs: maxCaseMs,
      hooks: ['onRequest'],
      streamMode: null,
      holdBackChars: 0,
      match: null,
      onRequest: () => ({ type: 'continue', tags }),
    },
  ];
}

function withoutGiven(trace: Trace): Trace {
  return { ...trace, steps: trace.steps.filter(({ file }) => file !== givenFile) };
}

/** Waits in real time, and keeps the process alive for it: the clock of the case stands still. */
async function within(work: Promise<void>, limitMs: number, giveUp: () => void): Promise<void> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    giveUp();
    late.reject(
      new CaseError(
        `the request did not come to an end within ${limitMs} ms; no time passes in a case, so a wait that a provider asks for never ends`,
      ),
    );
  }, limitMs);
  try {
    await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function textOf(body: string, streamed: boolean, dialect: Dialect): string {
  const codec = dialect.codec({ id: 'read', createdAtMs: 0, model: '', vendor: '' });
  let text = '';
  const add = (chunks: ReturnType<typeof codec.decodeEvent>['chunks']) => {
    for (const chunk of chunks) if (chunk.type === 'text' && chunk.choice === 0) text += chunk.text;
  };
  if (!streamed) add(codec.decodeWhole(jsonTextFrom(body)).chunks);
  else {
    const decoder = new SseDecoder((data, event) => add(codec.decodeEvent(data, event).chunks));
    decoder.push(Buffer.from(body));
    decoder.end();
  }
  return text;
}

/** The error's own words, in whatever dialect it is told. */
function errorText({ body }: CaseResponse): string {
  try {
    const json = JSON.parse(body) as { error?: { message?: unknown } };
    return String(json.error?.message ?? body);
  } catch {
    return body;
  }
}
