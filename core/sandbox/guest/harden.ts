import type { Intrinsics } from './intrinsics.ts';

/** Sets what `Date.now()` and `Math.random()` answer during the next call. */
export type SetMoment = (nowMs: number, seedA: number, seedB: number) => void;

/**
 * Runs inside QuickJS (self-contained, taken as text). Takes away what turns strings into code, what shares or
 * outlives memory, and every source of time and chance; returns the one way to set those.
 */
export function harden(i: Intrinsics): SetMoment {
  const global = globalThis as unknown as Record<string, unknown>;
  const hidden = { enumerable: false, configurable: true, writable: true };

  for (const name of ['eval', 'SharedArrayBuffer', 'Atomics', 'WeakRef', 'FinalizationRegistry']) {
    delete global[name];
  }

  // All four are reachable from a literal: `(async () => {}).constructor`.
  const functions = [
    function plain() {},
    async function later() {},
    function* steps() {},
    async function* laterSteps() {},
  ];
  const TypeErrorNow = i.TypeError;
  for (const sample of functions) {
    const proto = i.prototypeOf(sample) as object;
    const refuse = function refuse() {
      throw new TypeErrorNow('making code from a string is disabled in policies');
    };
    i.define(refuse, 'name', { value: 'Function' });
    i.define(refuse, 'prototype', { value: proto, enumerable: false, configurable: false, writable: false });
    i.define(proto, 'constructor', { value: refuse, ...hidden, writable: false, configurable: false });
    if (sample.name === 'plain') i.define(global, 'Function', { value: refuse, ...hidden });
  }

  let nowMs = 0;
  const RealDate = Date;
  const FrozenDate = function frozen(this: unknown, ...parts: unknown[]): unknown {
    if (new.target === undefined) return new RealDate(nowMs).toString();
    return i.construct(RealDate, parts.length === 0 ? [nowMs] : parts, new.target);
  };
  i.define(FrozenDate, 'prototype', { value: RealDate.prototype, writable: false });
  i.define(FrozenDate, 'name', { value: 'Date' });
  i.define(FrozenDate, 'length', { value: 7 });
  i.define(FrozenDate, 'now', { value: () => nowMs, ...hidden });
  i.define(FrozenDate, 'parse', { value: RealDate.parse, ...hidden });
  i.define(FrozenDate, 'UTC', { value: RealDate.UTC, ...hidden });
  i.define(RealDate.prototype, 'constructor', { value: FrozenDate, ...hidden });
  i.define(global, 'Date', { value: FrozenDate, ...hidden });

  // sfc32: small, fast, passes the usual batteries; the state is 128 bits.
  let a = 0;
  let b = 0;
  let c = 0;
  let d = 1;
  let mixed = false;
  const next = (): number => {
    const sum = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + sum) | 0;
    return (sum >>> 0) / 4294967296;
  };
  const random = (): number => {
    if (!mixed) {
      mixed = true;
      for (let round = 0; round < 12; round++) next();
    }
    return next();
  };
  i.define(Math, 'random', { value: random, ...hidden });

  return (now, seedA, seedB) => {
    nowMs = now;
    a = seedA | 0;
    b = seedB | 0;
    c = 0x9e3779b9 | 0;
    d = 1;
    mixed = false;
  };
}
