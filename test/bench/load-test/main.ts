import { UsageError } from '../options.ts';
import { startOwnGateway } from '../traffic/own-gateway.ts';
import { sendSteadily } from '../traffic/steady.ts';
import { type LoadOptions, parseLoadOptions, usage } from './options.ts';
import { judgeLoad, type LoadVerdict } from './verdict.ts';

/** Requests before anything counts: connections open, code is compiled. */
const warmUpSeconds = 5;
/** Answers of real models take their time: so many seconds of requests may be under way. */
const openSeconds = 20;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: LoadOptions | null;
  try {
    options = parseLoadOptions(args, process.env);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  const own = options.url === null ? await startOwnGateway('', {}) : null;
  try {
    const verdict = await run(own?.url ?? options.url!, options);
    process.stdout.write(options.json ? `${JSON.stringify(verdict, null, 2)}\n` : textOf(verdict));
    return { pass: 0, fail: 1, unclear: 2 }[verdict.verdict];
  } finally {
    await own?.child.stop();
  }
}

async function run(url: string, options: LoadOptions): Promise<LoadVerdict> {
  const { peak, factor, seconds, streams, key, model } = options;
  const perSecond = peak * factor;
  const headers = {
    'content-type': 'application/json',
    ...(key === null ? undefined : { authorization: `Bearer ${key}` }),
  };
  const question = (index: number) => {
    const stream = (index % 100) / 100 < streams;
    const content = `Question ${index}: what is new?`;
    return {
      path: '/v1/chat/completions',
      headers,
      body: JSON.stringify({ model, stream, messages: [{ role: 'user', content }] }),
      wholeWith: stream ? 'data: [DONE]' : '"finish_reason"',
    };
  };
  const maxOpen = Math.ceil(Math.max(16, perSecond * openSeconds));
  process.stderr.write(`${url}: ${perSecond} requests a second for ${seconds} s\n`);
  await sendSteadily({ url, perSecond, seconds: Math.min(warmUpSeconds, seconds), question, maxOpen });
  return judgeLoad(await sendSteadily({ url, perSecond, seconds, question, maxOpen }), options);
}

function textOf(verdict: LoadVerdict): string {
  const { firstByteMs, wholeMs } = verdict;
  const times = ({ p50, p95, p99 }: typeof wholeMs) => `p50 ${p50} ms, p95 ${p95} ms, p99 ${p99} ms`;
  const failures = Object.entries(verdict.failures).map(([why, count]) => `  ${why}: ${count}\n`);
  return [
    `${verdict.requests} requests, ${verdict.perSecond} a second; ${verdict.errors} failed\n`,
    ...failures,
    `first byte: ${times(firstByteMs)}\n`,
    `whole answer: ${times(wholeMs)}\n`,
    `${verdict.verdict}: ${verdict.why}\n`,
  ].join('');
}
