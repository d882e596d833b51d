import {
  type AttemptDecision,
  type ContinueRoute,
  definePlugin,
  type RequestContext,
  type RouteDecision,
} from '../../sdk/index.ts';
import { readChains } from './chains.ts';
import { clientWish, fieldsToRemove } from './client-list.ts';
import { type FallbackOptions, schema } from './options.ts';
import { chainOf, failoverOf, readCeiling, retryOf } from './rules.ts';
import { unusedTargets } from './unused.ts';

/**
 * What happens when a target is down: whom to ask next, after which failures, how often, how long, and how dear it may
 * be. Which model a task needs is another question, for policies; see docs/guide/routing.md.
 *
 * @example
 * # policies/60-fallback.yaml
 * plugin: fallback
 * chains:
 *   smart: [claude/claude-opus-4-8, openai/gpt-5.2]
 */
export const fallback = definePlugin({
  name: 'fallback',
  summary: 'Says whom to ask when a target fails, and within which limits of time and money.',
  schema,
  needs: ['log', 'models', 'prices'],
  // Without it requests go to their first target, as they would without the file.
  onFailure: 'open',

  setup(options: FallbackOptions, { log, models, prices }, { file }) {
    const ceiling = readCeiling(options.cost_ceiling);
    const chains = readChains(options.chains, models);
    const restrictions = {
      sameVendor: options.same_vendor || options.cross_vendor === 'never',
      sameRegion: options.same_region,
      hasCeiling: ceiling !== null,
    };
    for (const unused of unusedTargets(chains, restrictions, models, prices)) {
      log.warn({ file, ...unused }, 'a target of a chain is never asked');
    }
    const chain = chainOf(options);
    const rules: ContinueRoute = {
      type: 'continue',
      retry: retryOf(options),
      failover: failoverOf(options, ceiling),
      ...(chain === null ? undefined : { chain }),
    };
    const usual: ContinueRoute = Object.keys(chains).length === 0 ? rules : { ...rules, chains };

    /** Here and not in `onRequest`: whoever decides who asks, and for what, has done so. */
    function route({ view, identity }: RequestContext): RouteDecision {
      const { params } = view;
      if (!options.client_lists) return usual;
      const wish = clientWish(params, {
        models,
        identity,
        model: view.model,
        aggregators: options.aggregators,
      });
      if (wish === null) return usual;
      if (wish.type === 'deny') return wish;
      if (wish.type === 'none') {
        return { ...rules, fallbacks: [], reason: 'the client wants no fallbacks (disable_fallbacks)' };
      }
      return { ...rules, fallbacks: wish.names, reason: 'the client named its fallbacks' };
    }

    return {
      route,
      beforeUpstream({ view, target, plan }): AttemptDecision | undefined {
        const params = fieldsToRemove(view.params);
        const tags = tagsOf(target.id, target.vendor, plan.targets[0]!);
        if (params === null) return tags && { type: 'continue', tags };
        return { type: 'continue', changes: { params }, ...(tags && { tags }) };
      },
    };
  },
});

const sameVendor = Object.freeze({ fallback: 'same-vendor' });
const crossVendor = Object.freeze({ fallback: 'cross-vendor' });

/** How far the target is from the plan's first; undefined where it is the first. */
function tagsOf(
  id: string,
  vendor: string,
  first: { readonly id: string; readonly vendor: string },
): Readonly<Record<string, string>> | undefined {
  if (id === first.id) return undefined;
  return vendor === first.vendor ? sameVendor : crossVendor;
}
