/** Built-ins as they were before any author's code ran. Guest code uses these and never looks one up again. */
export interface Intrinsics {
  readonly apply: typeof Reflect.apply;
  readonly construct: typeof Reflect.construct;
  readonly define: typeof Object.defineProperty;
  readonly descriptor: typeof Object.getOwnPropertyDescriptor;
  readonly create: (proto: null) => Record<string, unknown>;
  readonly freeze: typeof Object.freeze;
  readonly keys: typeof Object.keys;
  readonly prototypeOf: typeof Object.getPrototypeOf;
  readonly isArray: typeof Array.isArray;
  readonly parse: typeof JSON.parse;
  readonly quote: (text: string) => string;
  readonly slice: typeof String.prototype.slice;
  readonly then: typeof Promise.prototype.then;
  readonly isPrototypeOf: typeof Object.prototype.isPrototypeOf;
  readonly objectProto: object;
  readonly arrayProto: object;
  readonly promiseProto: object;
  readonly TypeError: typeof TypeError;
}

/**
 * Runs inside QuickJS. Must be self-contained: its text is taken with `toString()` and evaluated in the guest,
 * where nothing of this file's imports exists.
 */
export function captureIntrinsics(): Intrinsics {
  return {
    apply: Reflect.apply,
    construct: Reflect.construct,
    define: Object.defineProperty,
    descriptor: Object.getOwnPropertyDescriptor,
    create: Object.create as (proto: null) => Record<string, unknown>,
    freeze: Object.freeze,
    keys: Object.keys,
    prototypeOf: Object.getPrototypeOf,
    isArray: Array.isArray,
    parse: JSON.parse,
    quote: JSON.stringify,
    slice: String.prototype.slice,
    // biome-ignore lint/suspicious/noThenProperty: a record of built-ins, never awaited.
    then: Promise.prototype.then,
    isPrototypeOf: Object.prototype.isPrototypeOf,
    objectProto: Object.prototype,
    arrayProto: Array.prototype,
    promiseProto: Promise.prototype,
    TypeError,
  };
}
