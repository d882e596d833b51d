import type { Clean } from './cleaner.ts';
import type { SetMoment } from './harden.ts';
import type { Intrinsics } from './intrinsics.ts';

/** What the host lends to the guest. Both are called with primitives only. */
export interface GuestHost {
  log(level: string, text: string): void;
  /** The large fact with this index was read but not sent. The host stops the call and repeats it. */
  miss(index: number): void;
}

/** What the host calls; every answer is text that starts with a letter (see `Clean`; also `e` error, `p` pending). */
export interface GuestEntry {
  run(fn: number, nowMs: number, seedA: number, seedB: number, small: string, ...large: string[]): string;
  /** The answer of an asynchronous call, or `p` while there is none. */
  settled(): string;
  describe(error: unknown): string;
  /** Ends the load: builds the plan text from what was registered and exported. */
  finish(exports: Record<string, unknown>): string;
}

/**
 * Runs inside QuickJS (self-contained, taken as text), once, before any author's code. `largePaths` holds each
 * large fact's path as a list of names. Nothing here may look up a global or a method later on: the author's
 * module can replace every one of them.
 */
export function bootstrap(
  i: Intrinsics,
  setMoment: SetMoment,
  clean: Clean,
  host: GuestHost,
  largePaths: readonly (readonly string[])[],
): GuestEntry {
  const { log: hostLog, miss: hostMiss } = host;
  const TypeErrorNow = i.TypeError;
  const describeMax = 2000;

  // --- what may be registered, and only while the module loads
  const fns = i.create(null);
  let fnCount = 0;
  let policies = '';
  let policyCount = 0;
  let planChars = 0;
  let sealed = false;

  const whileLoading = (what: string): void => {
    if (sealed)
      throw new TypeErrorNow(`${what} works only while the policy file is loaded, not during a request`);
  };
  const register = (fn: unknown): number => {
    whileLoading('fn() and run()');
    if (typeof fn !== 'function') throw new TypeErrorNow(`expected a function, got ${typeof fn}`);
    if (fnCount >= 1000) throw new TypeErrorNow('expected at most 1000 functions in one policy file');
    fns[fnCount] = fn;
    fnCount += 1;
    return fnCount - 1;
  };
  const emit = (json: unknown): void => {
    whileLoading('policy()');
    if (typeof json !== 'string') throw new TypeErrorNow('expected JSON text');
    i.parse(json);
    planChars += json.length;
    if (planChars > 1048576) throw new TypeErrorNow('expected at most 1 MiB of policies in one file');
    policies += policyCount === 0 ? json : `,${json}`;
    policyCount += 1;
  };

  // --- console
  let lines = 0;
  const log = (level: unknown, text: unknown): void => {
    if (lines >= 50) return;
    lines += 1;
    hostLog(
      typeof level === 'string' ? level : 'info',
      lines === 50 ? '(more lines dropped)' : short(text, 1000),
    );
  };
  const short = (text: unknown, max: number): string => {
    if (typeof text !== 'string') return '';
    return text.length > max ? `${i.apply(i.slice, text, [0, max])}…` : text;
  };
  const printable = (value: unknown): string => {
    if (typeof value === 'string') return value;
    if (typeof value === 'function' || typeof value === 'symbol') return `[${typeof value}]`;
    if (typeof value === 'undefined' || typeof value === 'bigint') return `${value}`;
    const text = clean(value);
    return text[0] === 'v' ? (i.apply(i.slice, text, [1]) as string) : `[${i.apply(i.slice, text, [1])}]`;
  };
  const logAt = (level: string) =>
    function write(...values: unknown[]): void {
      if (lines >= 50) return;
      let text = '';
      for (let at = 0; at < values.length && text.length <= 1000; at++) {
        text += (at === 0 ? '' : ' ') + short(printable(values[at]), 1000);
      }
      log(level, text);
    };
  const hidden = { enumerable: false, configurable: true, writable: true };
  i.define(globalThis, 'console', {
    value: {
      debug: logAt('debug'),
      log: logAt('info'),
      info: logAt('info'),
      warn: logAt('warn'),
      error: logAt('error'),
    },
    ...hidden,
  });
  i.define(globalThis, '__sluice', { value: i.freeze({ register, emit, log }), ...hidden });

  // --- large facts: getters that parse on first reading, or tell the host that the text is missing
  let texts: readonly (string | undefined)[] = [];
  const largeNames: string[] = [];
  const getters: PropertyDescriptor[] = [];
  for (let at = 0; at < largePaths.length; at++) {
    const path = largePaths[at] as readonly string[];
    const name = path[path.length - 1] as string;
    let value: unknown;
    let parsed = false;
    const get = (): unknown => {
      if (parsed) return value;
      const text = texts[at];
      if (text === undefined) {
        hostMiss(at);
        throw new TypeErrorNow('this fact was not sent; the call is repeated with it');
      }
      value = i.parse(text);
      parsed = true;
      return value;
    };
    const descriptor = i.create(null);
    descriptor['get'] = get;
    descriptor['enumerable'] = true;
    descriptor['configurable'] = false;
    largeNames[at] = name;
    getters[at] = descriptor;
  }
  // Not frozen: freezing a small context costs more than everything else in a call, and the copy is the call's
  // own. What a policy writes into it is gone when the call ends.
  const factsOf = (small: string): unknown => {
    const facts: unknown = i.parse(small);
    for (let at = 0; at < largePaths.length; at++) {
      const path = largePaths[at] as readonly string[];
      let holder: unknown = facts;
      for (let step = 0; step < path.length - 1; step++) {
        if (typeof holder !== 'object' || holder === null) break;
        holder = (holder as Record<string, unknown>)[path[step] as string];
      }
      // A fact whose parent is absent in this hook (`resp` before the answer) has no place to stand.
      if (typeof holder !== 'object' || holder === null) continue;
      i.define(holder, largeNames[at] as string, getters[at] as PropertyDescriptor);
    }
    return facts;
  };

  // --- errors: three own data properties at most, read without calling anybody
  const own = (value: object, key: string): unknown => {
    const found = i.descriptor(value, key);
    return found === undefined ? undefined : found.value;
  };
  const describe = (error: unknown): string => {
    let name: unknown = '';
    let message: unknown = '';
    let stack: unknown = '';
    if (typeof error === 'object' && error !== null) {
      try {
        message = own(error, 'message');
        stack = own(error, 'stack');
        name = own(error, 'name');
        let proto = i.prototypeOf(error) as object | null;
        for (let up = 0; up < 4 && name === undefined && proto !== null; up++) {
          name = own(proto, 'name');
          proto = i.prototypeOf(proto) as object | null;
        }
      } catch {
        message = 'an object whose properties could not be read was thrown';
      }
    } else if (typeof error === 'string') {
      message = error;
    } else {
      name = error === null ? 'null' : typeof error;
    }
    const quoted = (text: unknown) => i.quote(short(text, describeMax));
    return `e{"name":${quoted(name)},"message":${quoted(message)},"stack":${quoted(stack)}}`;
  };

  // --- calls
  let answer = 'p';
  const keep = (value: unknown): void => {
    try {
      answer = clean(value);
    } catch (error) {
      answer = describe(error);
    }
  };
  const keepError = (error: unknown): void => {
    answer = describe(error);
  };
  const warmUp = (): unknown => ({ ok: [true, 'warm', 1.5, null, Math.random() < 2], now: Date.now() });

  return {
    run(fn, nowMs, seedA, seedB, small, ...large) {
      try {
        setMoment(nowMs, seedA, seedB);
        texts = large;
        const code = fn < 0 ? warmUp : (fns[fn] as (facts: unknown) => unknown);
        if (code === undefined)
          throw new TypeErrorNow(`expected a function index below ${fnCount}, got ${fn}`);
        const value = i.apply(code, undefined, [factsOf(small)]);
        if (
          typeof value === 'object' &&
          value !== null &&
          i.apply(i.isPrototypeOf, i.promiseProto, [value])
        ) {
          i.apply(i.then, value, [keep, keepError]);
          return 'p';
        }
        return clean(value);
      } catch (error) {
        return describe(error);
      }
    },
    settled: () => answer,
    describe,
    finish(exports) {
      const names = i.keys(exports);
      let hooks = '';
      let list = '';
      for (let at = 0; at < names.length; at++) {
        const name = names[at] as string;
        list += (at === 0 ? '' : ',') + i.quote(name);
        const value = exports[name];
        if (typeof value !== 'function') continue;
        hooks += `${hooks === '' ? '' : ','}{"name":${i.quote(name)},"fn":${register(value)}}`;
      }
      sealed = true;
      lines = 0;
      delete (globalThis as unknown as Record<string, unknown>)['__sluice'];
      return `v{"policies":[${policies}],"hooks":[${hooks}],"exports":[${list}]}`;
    },
  };
}
