import { Counter, Histogram, type Registry } from 'prom-client';
import { isJsonObject } from '../../sdk/json.ts';
import type { Models } from '../../sdk/services.ts';
import type { Trace, TraceAttempt, TraceStep } from '../../sdk/trace.ts';
import { answeringAttempt } from '../../sdk/trace.ts';
import type { Usage } from '../../sdk/usage.ts';
import { BoundedValues, otherValue } from './bounded.ts';

/** Tenants that are counted by name. */
const maxTenants = 500;
/** Targets, codes and steps come from the configuration, but clients may name models behind a provider. */
const maxTargets = 500;
const maxCodes = 200;

/** Seconds: from what a cache needs to what a long answer takes. */
const durationBuckets = [0.005, 0.025, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Seconds: the gateway's own part, and the steps of a program. */
const overheadBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5];

/** Codes of refusals by a limit or a budget. */
const limitCodes = new Set(['rate_limit_exceeded', 'token_cap_exceeded', 'budget_exceeded']);

/** What is counted of every request, all of it from its decision record. */
export class RequestMetrics {
  readonly #models: () => Models;
  readonly #tenants = new BoundedValues(maxTenants);
  readonly #targets = new BoundedValues(maxTargets);
  readonly #codes = new BoundedValues(maxCodes);
  readonly #requests;
  readonly #errors;
  readonly #limits;
  readonly #budgetWarnings;
  readonly #cache;
  readonly #tokens;
  readonly #cost;
  readonly #unpriced;
  readonly #attempts;
  readonly #retries;
  readonly #fallbacks;
  readonly #questions;
  readonly #stepErrors;
  readonly #duration;
  readonly #overhead;
  readonly #firstToken;
  readonly #steps;

  constructor(registry: Registry, models: () => Models) {
    this.#models = models;
    const registers = [registry];
    const counter = <Label extends string>(name: string, help: string, labelNames: Label[]) =>
      new Counter({ name: `sluice_${name}`, help, labelNames, registers });
    const histogram = <Label extends string>(
      name: string,
      help: string,
      labelNames: Label[],
      buckets: number[],
    ) => new Histogram({ name: `sluice_${name}`, help, labelNames, buckets, registers });

    this.#requests = counter('requests_total', 'Requests that reached the program, by how they ended.', [
      'api',
      'alias',
      'provider',
      'status',
      'outcome',
      'stream',
    ]);
    this.#errors = counter('errors_total', 'Requests that ended in an error, by its code.', [
      'alias',
      'code',
    ]);
    this.#limits = counter('limits_fired_total', 'Requests that a limit or a budget refused.', [
      'tenant',
      'code',
    ]);
    this.#budgetWarnings = counter(
      'budget_warnings_total',
      'Requests under a budget that is used up beyond its warning line.',
      ['tenant', 'by'],
    );
    this.#cache = counter('cache_requests_total', 'Requests by what the caches said.', ['alias', 'result']);
    this.#tokens = counter('tokens_total', 'Tokens used, by class; estimates included.', [
      'alias',
      'provider',
      'class',
    ]);
    this.#cost = counter('cost_usd_total', 'Dollars spent, all attempts of a request together.', [
      'tenant',
      'alias',
    ]);
    this.#unpriced = counter(
      'unpriced_requests_total',
      'Requests whose cost is not known: a price is missing.',
      ['alias'],
    );
    this.#attempts = counter('attempts_total', 'Calls of providers, by how they ended.', [
      'target',
      'provider',
      'failure',
    ]);
    this.#retries = counter('retries_total', 'Attempts at the same target as the one before.', ['target']);
    this.#fallbacks = counter('fallbacks_total', 'Answers that another target than the first gave.', [
      'alias',
      'kind',
    ]);
    this.#questions = counter('questions_total', 'Questions that plugins asked models.', [
      'purpose',
      'failure',
    ]);
    this.#stepErrors = counter('step_errors_total', 'Plugins and policies that failed on a request.', [
      'step',
      'hook',
    ]);
    this.#duration = histogram(
      'request_duration_seconds',
      'From the arrival of a request to the end of its answer.',
      ['api', 'alias', 'outcome'],
      durationBuckets,
    );
    this.#overhead = histogram(
      'gateway_overhead_seconds',
      "The gateway's own time before the first byte of an answer.",
      ['api'],
      overheadBuckets,
    );
    this.#firstToken = histogram(
      'first_token_seconds',
      'From the arrival of a request to the first piece of its answer.',
      ['alias', 'provider', 'stream'],
      durationBuckets,
    );
    this.#steps = histogram(
      'step_duration_seconds',
      'Time of one plugin or policy in one hook.',
      ['step', 'hook'],
      overheadBuckets,
    );
  }

  record(trace: Trace): void {
    const { api, outcome, attempts } = trace;
    const alias = this.#aliasOf(trace.alias);
    const answering = answeringAttempt(attempts);
    const provider = answering?.provider ?? 'none';
    const stream = String(trace.stream);
    this.#requests.inc({ api, alias, provider, status: String(trace.status), outcome, stream });
    if (trace.errorCode !== null) this.#countError(trace, trace.errorCode, alias);
    if (trace.source !== null) this.#cache.inc({ alias, result: this.#codes.of(trace.source) });
    this.#countSpending(trace, alias);
    this.#countAttempts(attempts);
    if (trace.fallback !== 'none') this.#fallbacks.inc({ alias, kind: trace.fallback });
    for (const { purpose, failure } of trace.asides) {
      this.#questions.inc({ purpose: this.#codes.of(purpose), failure: failure ?? 'none' });
    }
    this.#countSteps(trace.steps);
    this.#countWarnings(trace);
    this.#duration.observe({ api, alias, outcome }, trace.durationMs / 1000);
    this.#overhead.observe({ api }, trace.overheadMs / 1000);
    if (answering !== undefined && answering.firstByteMs !== null) {
      const firstMs = answering.startedMs + answering.firstByteMs;
      this.#firstToken.observe({ alias, provider, stream }, firstMs / 1000);
    }
  }

  #countError(trace: Trace, code: string, alias: string): void {
    this.#errors.inc({ alias, code: this.#codes.of(code) });
    if (limitCodes.has(code)) this.#limits.inc({ tenant: this.#tenants.of(trace.tenant), code });
  }

  #countSpending({ attempts, tenant, costNanoUsd }: Trace, alias: string): void {
    if (costNanoUsd === null) this.#unpriced.inc({ alias });
    else if (costNanoUsd > 0) this.#cost.inc({ tenant: this.#tenants.of(tenant), alias }, costNanoUsd / 1e9);
    for (const { usage, provider } of attempts) {
      if (usage === null) continue;
      for (const [name, field] of tokenClasses) {
        const tokens = usage[field];
        if (tokens > 0) this.#tokens.inc({ alias, provider, class: name }, tokens);
      }
    }
  }

  #countAttempts(attempts: readonly TraceAttempt[]): void {
    for (let index = 0; index < attempts.length; index += 1) {
      const { target: id, provider, failure } = attempts[index]!;
      const target = this.#targets.of(id);
      this.#attempts.inc({ target, provider, failure: failure ?? 'none' });
      if (index > 0 && attempts[index - 1]!.target === id) this.#retries.inc({ target });
    }
  }

  #countSteps(steps: readonly TraceStep[]): void {
    for (const { name, hook, durationUs, error } of steps) {
      this.#steps.observe({ step: name, hook }, durationUs / 1e6);
      if (error !== undefined) this.#stepErrors.inc({ step: name, hook });
    }
  }

  /** Warnings are part of what a plugin says about its step; what is not of this form is none. */
  #countWarnings({ steps, tenant }: Trace): void {
    for (const { details } of steps) {
      if (details === undefined || !isJsonObject(details)) continue;
      const { warnings } = details;
      if (!Array.isArray(warnings)) continue;
      for (const warning of warnings) {
        const by = isJsonObject(warning) ? warning['by'] : undefined;
        if (typeof by === 'string')
          this.#budgetWarnings.inc({ tenant: this.#tenants.of(tenant), by: this.#codes.of(by) });
      }
    }
  }

  /** Aliases of the configuration by name; `provider/model` names, which clients choose, together. */
  #aliasOf(name: string): string {
    return this.#models().aliases.includes(name) ? name : otherValue;
  }
}

const tokenClasses = [
  ['input', 'inputTokens'],
  ['cache_read', 'cacheReadTokens'],
  ['cache_write_5m', 'cacheWrite5mTokens'],
  ['cache_write_1h', 'cacheWrite1hTokens'],
  ['output', 'outputTokens'],
] as const satisfies readonly (readonly [string, keyof Usage])[];
