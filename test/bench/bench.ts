import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chunkIntervalMs, measure, type Phase, phases, type Rig, type Sample } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { type Child, startChild } from './processes/child.ts';
import { choosePinning, type Pinning } from './processes/pin.ts';
import { rssMb } from './processes/proc.ts';
import { prepareVariant, type Surroundings, type VariantName, variantTitles } from './variants.ts';

/** Everything that was measured of one target. */
export interface Measured {
  readonly name: VariantName | 'direct';
  /** One for each round. */
  readonly samples: Readonly<Record<Phase, Sample[]>>;
  readonly startMs: readonly number[];
  readonly idleRssMb: number;
  loadedRssMb: number;
}

export interface BenchResult {
  readonly pinning: Pinning;
  /** The upstream without a proxy. */
  readonly direct: Measured;
  /** The bare proxy first. */
  readonly targets: readonly Measured[];
  readonly skipped: readonly { readonly name: Measured['name']; readonly why: string }[];
}

/** Says how far it is; on standard error, since standard output is the result. */
export type Progress = (words: string) => void;

interface Running {
  readonly child: Child;
  readonly measured: Measured;
}

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Seconds of load before anything counts: the gateway has more code to compile than the bare proxy. */
const warmUpSeconds = { small: 8, large: 2 } as const;

/** Starts everything, measures in rounds, stops everything. */
export async function runBench(options: BenchOptions, progress: Progress): Promise<BenchResult> {
  const pinning = choosePinning();
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const removeScratch = (): void => rmSync(scratch, { recursive: true, force: true });
  // For a run that is interrupted; its processes are ended by `child.ts` in the same way.
  process.once('exit', removeScratch);
  const started: Child[] = [];
  try {
    const rig = await startRig(pinning, scratch, options.seconds, started);
    const direct: Running = { child: rig.upstream, measured: emptyMeasured('direct', [], Number.NaN) };
    const around = {
      root,
      scratch,
      upstreamUrl: `http://127.0.0.1:${rig.upstream.port}`,
      core: pinning.target,
    };
    const targets: Running[] = [];
    const skipped: { name: Measured['name']; why: string }[] = [];
    for (const name of ['bare', ...options.only] as const) {
      progress(`starting and warming up: ${variantTitles[name]}`);
      try {
        targets.push(await startTarget(name, around, options, rig, started));
      } catch (error) {
        if (name === 'bare') throw error;
        skipped.push({ name, why: (error as Error).message });
      }
    }
    const fallen = await runRounds(options, rig, direct, targets, progress);
    const standing = targets.filter(({ measured }) => !fallen.has(measured.name));
    for (const [name, why] of fallen) skipped.push({ name, why });
    return { pinning, direct: direct.measured, targets: standing.map((one) => one.measured), skipped };
  } finally {
    await Promise.all(started.map((child) => child.stop()));
    process.off('exit', removeScratch);
    removeScratch();
  }
}

async function startRig(pinning: Pinning, scratch: string, seconds: number, started: Child[]): Promise<Rig> {
  const file = (path: string): string => join(root, 'test/bench', path);
  const chunksPerStream = Math.max(5, Math.round((seconds * 1000) / chunkIntervalMs));
  const upstream = await startChild({
    name: 'upstream',
    args: [file('servers/upstream.ts'), String(chunkIntervalMs), String(chunksPerStream)],
    cwd: root,
    scratch,
    core: pinning.upstream,
    messages: true,
  });
  started.push(upstream);
  const load = await startChild({
    name: 'load generator',
    args: [file('load/load.ts')],
    cwd: root,
    scratch,
    core: pinning.load,
    messages: true,
  });
  started.push(load);
  return { upstream, load, chunksPerStream };
}

/** Starts a target as often as its start time is measured, keeps the last one and warms it up. */
async function startTarget(
  name: VariantName,
  around: Surroundings,
  options: BenchOptions,
  rig: Rig,
  started: Child[],
): Promise<Running> {
  const start = await prepareVariant(name, around);
  const startMs: number[] = [];
  let child: Child | null = null;
  for (let time = 0; time < options.starts; time++) {
    await child?.stop();
    child = await start();
    startMs.push(child.startMs);
  }
  const target = child!;
  try {
    const measured = emptyMeasured(name, startMs, rssMb(target.pid));
    for (const phase of ['small', 'large'] as const) {
      const { result } = await measure(
        rig,
        target,
        phase,
        Math.min(warmUpSeconds[phase], 4.5 * options.seconds),
      );
      if (result.failures === result.requests)
        throw new Error(`every request failed: ${result.firstFailure}`);
    }
    started.push(target);
    target.freeze();
    return { child: target, measured };
  } catch (error) {
    await target.stop();
    throw error;
  }
}

/**
 * All targets take each phase one after the other, so that what is compared was measured within seconds; each
 * round begins with another target, so that none always has the same neighbour.
 *
 * @returns the targets that fell over on the way, with the reason
 */
async function runRounds(
  options: BenchOptions,
  rig: Rig,
  direct: Running,
  targets: readonly Running[],
  progress: Progress,
): Promise<ReadonlyMap<Measured['name'], string>> {
  const fallen = new Map<Measured['name'], string>();
  for (let round = 0; round < options.rounds; round++) {
    for (const phase of phases) {
      progress(`round ${round + 1} of ${options.rounds}: ${phase}`);
      const withDirect = phase === 'rate' || phase === 'streams' || round === 0;
      const order = withDirect ? [direct, ...targets] : [...targets];
      const first = round % order.length;
      for (const { child, measured } of [...order.slice(first), ...order.slice(0, first)]) {
        const { name } = measured;
        if (fallen.has(name)) continue;
        try {
          if (name !== 'direct') await thaw(child);
          measured.samples[phase].push(await measure(rig, child, phase, options.seconds));
          if (name !== 'direct') child.freeze();
        } catch (error) {
          if (name === 'direct' || name === 'bare') throw error;
          fallen.set(name, `it fell over in round ${round + 1}: ${(error as Error).message}`);
        }
      }
    }
  }
  for (const { child, measured } of [direct, ...targets]) measured.loadedRssMb = rssMb(child.pid);
  return fallen;
}

/** Time for what a target has put off while it was frozen: its timers, a collection. */
const thawMs = 200;

function thaw(child: Child): Promise<void> {
  child.thaw();
  return new Promise((resolve) => setTimeout(resolve, thawMs));
}

function emptyMeasured(
  name: VariantName | 'direct',
  startMs: readonly number[],
  idleRssMb: number,
): Measured {
  return {
    name,
    samples: { small: [], large: [], rate: [], streams: [] },
    startMs,
    idleRssMb,
    loadedRssMb: Number.NaN,
  };
}
