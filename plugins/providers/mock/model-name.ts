import { directives } from './directives.ts';
import { type MockScript, plainScript } from './script.ts';

/** Longest first: `error-in-stream` is not the directive `error` with a strange value. */
const byLength = [...directives].sort((a, b) => b.name.length - a.name.length);

/** A scenario of the configuration, by directive names with `_` for `-`. */
export type Scenario = Readonly<Record<string, unknown>>;

/** A model name that was understood. */
export interface ParsedModel {
  readonly script: MockScript;
}

/** A model name that was not. `message` names what is known. */
export interface UnknownDirective {
  readonly message: string;
}

/** The script of a scenario that has passed the schema. */
export function scriptOf(scenario: Scenario): MockScript {
  let script = plainScript;
  for (const { name, fromData } of directives) {
    const value = scenario[name.replaceAll('-', '_')];
    if (value !== undefined) script = { ...script, ...fromData(value) };
  }
  return script;
}

/**
 * Reads a model name: a base (any name, or that of a scenario) and directives behind it, separated by `+`, such as
 * `gpt+slow-500ms+error-429+retry-after-2s`.
 */
export function parseModelName(
  model: string,
  scenarios: ReadonlyMap<string, MockScript>,
): ParsedModel | UnknownDirective {
  const [base, ...tokens] = model.split('+');
  let script = scenarios.get(base!) ?? plainScript;
  for (const token of tokens) {
    const directive = byLength.find(({ name }) => token === name || token.startsWith(`${name}-`));
    const change = directive?.fromName(token.slice(directive.name.length + 1)) ?? null;
    if (change === null) {
      const expected =
        directive === undefined
          ? `known are ${directives.map(({ example }) => example).join(', ')}`
          : `it is written like ${directive.example}`;
      return {
        message: `The model name holds ${JSON.stringify(token)}, which is no directive of the mock; ${expected}.`,
      };
    }
    script = { ...script, ...change };
  }
  if (script.failTimes !== null && script.fault === null) {
    script = { ...script, fault: { type: 'error', status: 500 } };
  }
  return { script };
}
