import type { QuickJSContext } from './engine.ts';
import { failure, positionOf } from './fault.ts';
import { MAX_JOBS } from './limits.ts';
import type { Outcome } from './outcome.ts';

/** Modules that a policy may import, by specifier. */
export type ModuleSources = Readonly<Record<string, string>>;

interface ModuleHost {
  stopped(): boolean;
  /** Describes what was thrown, by its pointer. */
  describe(error: number): Outcome;
  /** Ends the load with the module's namespace, by its pointer. */
  finish(exports: number): Outcome;
}

/** Evaluates the author's module and what it imports; the value is the plan's JSON text. */
export function loadModule(
  context: QuickJSContext,
  module: { readonly file: string; readonly source: string },
  sources: ModuleSources,
  host: ModuleHost,
): Outcome {
  let loading = true;
  let refused: string | undefined;
  const known = Object.keys(sources);
  context.runtime.setModuleLoader((name) => {
    if (loading && Object.hasOwn(sources, name)) return sources[name] as string;
    if (loading) refused = name;
    const may = known.map((specifier) => `"${specifier}"`).join(', ');
    return { error: new Error(`cannot import "${name.slice(0, 200)}": a policy may import only ${may}`) };
  });

  const result = context.evalCode(module.source, module.file, { type: 'module' });
  // A refused import has no stack: the module did not run yet.
  const rejected = (error: number): Outcome => {
    const outcome = host.describe(error);
    if (outcome.kind !== 'fault' || refused === undefined || outcome.failure.line > 0) return outcome;
    return { kind: 'fault', failure: { ...outcome.failure, ...positionOf(refused, module.source) } };
  };
  if (result.error) return rejected(result.error.value);

  let state = context.getPromiseState(result.value);
  for (let jobs = 0; state.type === 'pending' && context.runtime.hasPendingJob(); jobs += 64) {
    context.runtime.executePendingJobs(64);
    if (host.stopped() || jobs > MAX_JOBS) {
      return { kind: 'fault', failure: failure('cpu', 'the file took too long to load') };
    }
    state = context.getPromiseState(result.value);
  }
  loading = false;
  if (state.type === 'rejected') return rejected(state.error.value);
  if (state.type === 'pending') {
    return { kind: 'fault', failure: failure('error', 'a top-level await never settles') };
  }
  return host.finish(state.value.value);
}
