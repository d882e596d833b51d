import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { monotonicUs } from '../clock.ts';
import { UsageError } from '../options.ts';
import { startChild } from '../processes/child.ts';
import { startOwnGateway } from '../traffic/own-gateway.ts';
import { failureCount, sendSteadily } from '../traffic/steady.ts';
import { everything, soakQuestion } from './everything.ts';
import { parseSoakOptions, type SoakOptions, usage } from './options.ts';
import { judgeSoak, type SoakSample } from './verdict.ts';

const sampleMs = 10_000;
const root = fileURLToPath(new URL('../../..', import.meta.url));

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  let options: SoakOptions | null;
  try {
    options = parseSoakOptions(args);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    process.stderr.write(`${error.message}\n\n${usage}`);
    return 2;
  }
  if (options === null) {
    process.stdout.write(usage);
    return 0;
  }
  return soak(options);
}

async function soak({ minutes, perSecond, json }: SoakOptions): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-soak-'));
  process.once('exit', () => rmSync(scratch, { recursive: true, force: true }));
  const collector = createServer((req, res) => {
    req.resume().on('end', () => res.writeHead(200).end());
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => collector.once('listening', resolve));
  const upstream = await startChild({
    name: 'upstream',
    args: [join(root, 'test/bench/servers/upstream.ts'), '10', '15'],
    cwd: root,
    scratch,
    core: null,
    messages: true,
  });
  const { config, policies } = everything(
    upstream.port,
    `http://127.0.0.1:${(collector.address() as AddressInfo).port}`,
  );
  const gateway = await startOwnGateway(config, policies);
  const samples: SoakSample[] = [];
  const startedUs = monotonicUs();
  const looking = setInterval(() => {
    look(gateway.url, (monotonicUs() - startedUs) / 1e6).then(
      (sample) => {
        samples.push(sample);
        const { seconds, rssMb, handles, openFiles, loopP99Ms } = sample;
        process.stderr.write(
          `${seconds.toFixed(0)} s: ${rssMb.toFixed(0)} MiB, ${handles} handles, ${openFiles} files, event loop ${loopP99Ms.toFixed(1)} ms\n`,
        );
      },
      (error: Error) => process.stderr.write(`a look failed: ${error.message}\n`),
    );
  }, sampleMs);
  const result = await sendSteadily({
    url: gateway.url,
    perSecond,
    seconds: minutes * 60,
    question: soakQuestion,
    maxOpen: Math.ceil(perSecond * 20),
  });
  clearInterval(looking);
  await gateway.child.stop();
  await upstream.stop();
  collector.closeAllConnections();
  collector.close();
  const checks = judgeSoak(samples, failureCount(result), result.sent);
  const first = `first byte p50 ${(result.firstByte.percentile(0.5) / 1000).toFixed(1)} ms, p99 ${(result.firstByte.percentile(0.99) / 1000).toFixed(1)} ms`;
  const failures = Object.fromEntries(result.failures);
  if (json) process.stdout.write(`${JSON.stringify({ checks, failures, samples }, null, 2)}\n`);
  else {
    process.stdout.write(`${minutes} minutes at ${perSecond} requests a second; ${first}\n`);
    if (result.failures.size > 0) process.stdout.write(`${JSON.stringify(failures)}\n`);
    for (const { what, wanted, got, holds } of checks)
      process.stdout.write(`${holds ? 'ok  ' : 'FAIL'} ${what}: ${got} (wanted: ${wanted})\n`);
  }
  return checks.every(({ holds }) => holds) ? 0 : 1;
}

async function look(url: string, seconds: number): Promise<SoakSample> {
  const text = await (await fetch(`${url}/metrics`)).text();
  const sum = (pattern: RegExp) =>
    [...text.matchAll(pattern)].reduce((total, [, value]) => total + Number(value), 0);
  return {
    seconds,
    rssMb: sum(/^process_resident_memory_bytes (\S+)$/gm) / 1024 ** 2,
    handles: sum(/^nodejs_active_handles\{.*\} (\S+)$/gm),
    openFiles: sum(/^process_open_fds (\S+)$/gm),
    loopP99Ms: sum(/^nodejs_eventloop_lag_p99_seconds (\S+)$/gm) * 1000,
  };
}
