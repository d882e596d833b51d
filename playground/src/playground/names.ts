import { computed, signal } from '@preact/signals';
import { config } from './state.ts';

/** Tenants that the gateway knows of. */
export const tenants = signal<readonly string[]>([]);

/** Everything that `use()` and its like may name. */
export const targetNames = computed<readonly string[]>(() => {
  const { models } = config.value;
  const targets = models.flatMap((model) => model.targets.map(({ target }) => target));
  return [...new Set([...models.map(({ alias }) => alias), ...targets])];
});
