import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { root } from './source-files.ts';

const locks = ['package-lock.json', 'test/agents/package-lock.json'];

interface Locked {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

for (const lock of locks) {
  const text = readFileSync(join(root, lock), 'utf8');

  t.test(`${lock} names every optional package of every platform, so that npm ci works on all`, async (t) => {
    const { packages } = JSON.parse(text) as { packages: Readonly<Record<string, Locked>> };
    const names = Object.keys(packages);
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !names.some((other) => other.endsWith(`node_modules/${name}`)))
        .map((name) => `${path} wants ${name}`),
    );
    t.strictSame(missing, []);
  });

  t.test(`${lock} names no registry host`, async (t) => {
    t.notMatch(text, /"resolved":/);
  });
}
