import t from 'tap';
import type { ScriptedReply } from '../../../core/testing.ts';
import type { Counters } from '../../../sdk/counters.ts';
import type { Json } from '../../../sdk/index.ts';
import { limitedGateway } from './gateway.ts';
import { budget, budgetKey, identity } from './harness.ts';

/** `Hi` with 100 output tokens at $1 and $2 for a million tokens: 86 input tokens at most. */
const mostOfHi = 286_000;
const requestsAtOnce = 200;

/** Numbers that look random, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const base = { id: 'chatcmpl-1', created: 1, model: 'm' };

function usageOf(input: number, output: number): Json {
  return { prompt_tokens: input, completion_tokens: output, total_tokens: input + output };
}

function whole(input: number, output: number): ScriptedReply {
  return {
    json: {
      ...base,
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'x' }, finish_reason: 'stop' }],
      usage: usageOf(input, output),
    },
  };
}

function deltas(count: number): Json[] {
  return Array.from({ length: count }, () => ({
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: { role: 'assistant', content: 'some text ' }, finish_reason: null }],
  }));
}

/** A provider at its worst: it uses all it may, some of it, fails, cuts its streams, or never ends. */
function answer(stream: boolean, limit: number, random: () => number): ScriptedReply {
  const kind = random();
  if (kind < 0.2) return { status: 500, json: { error: { message: 'no', type: 'server_error' } } };
  if (kind < 0.3) return { failure: { kind: 'connect', message: 'refused' } };
  const output = Math.min(limit, Math.floor(random() * (limit + 1) * 1.3));
  const input = Math.floor(random() * 87);
  if (!stream) return kind < 0.35 ? { hang: true } : whole(input, output);
  if (kind < 0.5) return { sse: deltas(3), failure: { kind: 'cut', message: 'cut' } };
  if (kind < 0.7) return { sse: deltas(3), hang: true };
  const end = {
    ...base,
    object: 'chat.completion.chunk',
    choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
  };
  const last = { ...base, object: 'chat.completion.chunk', choices: [], usage: usageOf(input, output) };
  return { sse: [...deltas(2), end, last, '[DONE]'] };
}

/** Turns of the event loop. */
async function turns(count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

for (const [mode, seed] of [
  ['refuse', 1],
  ['clamp', 2],
  ['clamp', 3],
] as const) {
  t.test(`200 requests at once on a budget for seven never spend more (${mode}, seed ${seed})`, async (t) => {
    const limit = 7 * mostOfHi;
    const random = seeded(seed);
    let peak = 0;
    let looks = 0;
    let admitted = 0;
    const settlements = new Map<string, number>();
    const watch = (counters: Counters): Counters => {
      const look = () => {
        const [state] = counters.read([budgetKey]) as { spent: number; held: number }[];
        peak = Math.max(peak, state!.spent + state!.held);
        looks += 1;
      };
      return {
        ...counters,
        // Answers of a store that is elsewhere: others come in between.
        async admit(...args) {
          await Promise.resolve();
          const admission = await counters.admit(...args);
          if (admission.admitted) admitted += 1;
          look();
          return admission;
        },
        async settle(...args) {
          settlements.set(args[0], (settlements.get(args[0]) ?? 0) + 1);
          look();
          await counters.settle(...args);
          look();
        },
      };
    };
    const gateway = await limitedGateway({
      identity: identity({ budget: budget(limit), concurrentRequests: 150 }, { budget: budget(limit * 2) }),
      file: `when_budget_is_short: ${mode}`,
      watch,
    });
    t.teardown(gateway.close);
    gateway.upstream.otherwise((request) => {
      const { stream, max_tokens: most } = JSON.parse(request.body.toString());
      return answer(stream === true, most, random);
    });
    const statuses = new Map<number, number>();
    const ask = async (stream: boolean, more: object) => {
      const leave = new AbortController();
      const body = {
        model: 'cheap',
        messages: [{ role: 'user', content: 'Hi' }],
        max_tokens: 100,
        stream,
        ...more,
      };
      const note = (status: number) => statuses.set(status, (statuses.get(status) ?? 0) + 1);
      const asked = gateway
        .post('/v1/chat/completions', body, {}, leave.signal)
        .then((response) => response.text().then(() => note(response.status)));
      // Some answers never come, or never end: their clients leave.
      const left = await Promise.race([asked, turns(30).then(() => 'left')]).catch(() => 'left');
      if (left !== 'left') return;
      leave.abort();
      note(499);
    };
    await Promise.all(Array.from({ length: requestsAtOnce }, () => ask(random() < 0.5, {})));
    // Those that come after find what failed and fell short free again.
    for (let count = 0; count < 40; count += 1) await ask(random() < 0.5, {});
    await turns(50);

    const [state] = await gateway.counters.read([budgetKey]);
    t.ok(looks > 200, `looked ${looks} times`);
    t.ok(peak <= limit, `spent and held ${peak} of ${limit} at most`);
    t.ok(state!.spent > 0 && state!.spent <= limit, `spent ${state!.spent}`);
    t.equal(state!.held, 0, 'nothing is left held');
    t.ok(admitted >= 7, `${admitted} were admitted`);
    t.equal(settlements.size, admitted, 'every hold was settled');
    t.ok(
      [...settlements.values()].every((count) => count === 1),
      'and once',
    );
    t.ok((statuses.get(402) ?? 0) > 100, `refused: ${statuses.get(402)}`);
    const [concurrent] = await gateway.counters.read(['concurrent|key|k1']);
    t.equal(concurrent!.held, 0);
    t.comment(Object.fromEntries(statuses));
    // All that waits is what the gateway itself waits for.
    t.equal(gateway.clock.pending, 0, 'no timer is left');
  });
}
