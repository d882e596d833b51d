import { type PluginVerb, pluginVerbs } from './plan.ts';

/** The first-party plugin that provides each verb, and each group of facts. */
const verbProviders: Readonly<Record<PluginVerb, string>> = {
  redact: 'pii-redactor',
  limit: 'token-limiter',
  cache: 'semantic-cache',
  shadow: 'shadow',
  output: 'jsonata-filter',
};
const factProviders: Readonly<Record<string, { readonly fact: string; readonly plugin: string }>> = {
  budget: { fact: 'budget()', plugin: 'token-limiter' },
  cost: { fact: 'resp.usd', plugin: 'ledger' },
};

/** True for verbs that a plugin of the folder has to provide. */
export function isPluginVerb(name: string): name is PluginVerb {
  return (pluginVerbs as readonly string[]).includes(name);
}

/** Why a verb that needs a plugin is refused. */
export function missingVerb(verb: PluginVerb): string {
  return missing(`${verb}()`, verbProviders[verb]);
}

/** Why facts that need a plugin are refused. */
export function missingFact(group: string): string {
  const known = Object.hasOwn(factProviders, group) ? factProviders[group]! : { fact: group, plugin: group };
  return missing(known.fact, known.plugin);
}

function missing(what: string, plugin: string): string {
  return `${what} needs a plugin that provides it; none in this folder does (the ${plugin} plugin does: add a file with "plugin: ${plugin}")`;
}
