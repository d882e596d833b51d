import { Counter, Gauge, type Registry } from 'prom-client';
import type { EvalStatus } from '../evals/schedule/scheduler.ts';

/** Registers what came of the suites that run on schedule. There are as many as the configuration names. */
export function registerEvalMetrics(registry: Registry, suites: () => readonly EvalStatus[]): void {
  const registers = [registry];
  const labelNames = ['suite'] as const;
  new Gauge({
    name: 'sluice_eval_pass_ratio',
    help: 'Share of the cases of a scheduled suite that passed in its newest run.',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { schedule, last } of suites()) {
        if (last !== null) this.set({ suite: schedule.suite }, last.result.passRate);
      }
    },
  });
  new Gauge({
    name: 'sluice_eval_regressed_cases',
    help: 'Cases of a scheduled suite that got worse than in its last good run.',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { schedule, last } of suites()) {
        if (last !== null) this.set({ suite: schedule.suite }, last.regressed.length);
      }
    },
  });
  new Gauge({
    name: 'sluice_eval_last_run_timestamp_seconds',
    help: 'When the newest run of a scheduled suite ended, of whichever gateway.',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { schedule, last } of suites()) {
        if (last !== null) this.set({ suite: schedule.suite }, last.endedAtMs / 1000);
      }
    },
  });
  new Gauge({
    name: 'sluice_eval_interval_seconds',
    help: 'How often a suite is to run, so that a suite that does not can be told from one that runs rarely.',
    labelNames,
    aggregator: 'max',
    registers,
    collect() {
      this.reset();
      for (const { schedule } of suites()) this.set({ suite: schedule.suite }, schedule.everyMs / 1000);
    },
  });
  new Counter({
    name: 'sluice_eval_runs_total',
    help: 'Runs of scheduled suites by this gateway.',
    labelNames: ['suite', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { schedule, counts } of suites()) {
        for (const [outcome, count] of Object.entries(counts)) {
          this.inc({ suite: schedule.suite, outcome }, count);
        }
      }
    },
  });
}
