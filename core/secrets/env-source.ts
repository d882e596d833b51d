import { nearest } from '../text/nearest.ts';
import { SecretError, type SecretSource } from './source.ts';

/** The environment, as `process.env` is. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Reads variables. The environment of a process does not change, so there is nothing to watch. */
export function envSource(env: Environment): SecretSource {
  return {
    async read(name) {
      const found = Object.hasOwn(env, name) ? env[name] : undefined;
      if (found) return found;
      const near = found === undefined ? nearest(name, Object.keys(env)) : undefined;
      const what = found === undefined ? 'is not set' : 'is empty';
      throw new SecretError(
        `environment variable ${name} ${what}; ${near ? `did you mean ${near}?` : 'set it'}`,
      );
    },
  };
}
