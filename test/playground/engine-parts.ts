import { readdirSync, readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { loadConfig } from '../../core/config/load.ts';
import { joinPrelude, preludeParts } from '../../core/policy/prelude-join.ts';
import { compiledEngine } from '../../core/sandbox/wasm-file.ts';
import { Engine } from '../../playground/src/engine/engine.ts';
import type { DraftFile, EngineConfig } from '../../playground/src/engine/messages.ts';
import { stripTypes } from '../../playground/src/engine/strip.ts';
import { mockProvider } from '../../plugins/providers/mock/provider.ts';

const examples = new URL('../../policies/examples/', import.meta.url);

/** The engine of the page, in this process: the same WebAssembly, the prelude stripped as in the page, a clock that stands still. */
export function pageEngine(): Promise<Engine> {
  const parts = preludeParts.map((part) => {
    const text = readFileSync(new URL(`../../core/policy/guest/${part}.ts`, import.meta.url), 'utf8');
    const stripped = stripTypes(`${part}.ts`, text);
    return stripped.ok ? stripped.source : stripTypeScriptTypes(text);
  });
  return Engine.create({
    wasm: compiledEngine(),
    prelude: joinPrelude(parts),
    clock: { monotonic: () => 0 },
  });
}

/** Everything of `policies/examples` that belongs to its program. */
export function exampleFiles(): DraftFile[] {
  return readdirSync(examples)
    .filter((name) => /\.(ts|yaml)$/.test(name) && name !== 'gateway.yaml')
    .sort()
    .map((name) => ({ name, text: readFileSync(new URL(name, examples), 'utf8') }));
}

/** Path of the examples' configuration. */
export const exampleConfig = new URL('gateway.yaml', examples);

/** The examples' configuration, as the page is told of it. */
export async function exampleEngineConfig(): Promise<EngineConfig> {
  const text = readFileSync(exampleConfig, 'utf8');
  const { config } = await loadConfig({
    file: 'gateway.yaml',
    env: {},
    kinds: new Map([[mockProvider.kind, mockProvider]]),
    readFile: async () => text,
  });
  const { version, providers, models } = config;
  return {
    version,
    providers: providers.map(({ name, kind, region, vendor, tier }) => ({
      name,
      kind,
      region,
      vendor,
      tier,
    })),
    models,
  };
}
