// The few parts of WebAssembly's binary format that the scan needs, by their names in the specification
// (webassembly.github.io/spec/core/binary). A code is a list of bytes.

export type Code = readonly number[];

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  do {
    const low = value & 0x7f;
    value >>>= 7;
    bytes.push(value === 0 ? low : low | 0x80);
  } while (value !== 0);
  return bytes;
}

/** Signed LEB128. */
function s32(value: number): number[] {
  const bytes: number[] = [];
  for (;;) {
    const low = value & 0x7f;
    value >>= 7;
    const last = (value === 0 && (low & 0x40) === 0) || (value === -1 && (low & 0x40) !== 0);
    bytes.push(last ? low : low | 0x80);
    if (last) return bytes;
  }
}

const list = (items: readonly Code[]): number[] => [...u32(items.length), ...items.flat()];
const text = (value: string): number[] => list([...value].map((letter) => [letter.charCodeAt(0)]));
const section = (id: number, content: Code): number[] => [id, ...u32(content.length), ...content];

export const i32 = 0x7f;
export const i64 = 0x7e;
export const v128 = 0x7b;
const nothing = 0x40;

export const get = (local: number): Code => [0x20, ...u32(local)];
export const set = (local: number): Code => [0x21, ...u32(local)];
/** Sets a local and leaves the value. */
export const tee = (local: number): Code => [0x22, ...u32(local)];
export const constant = (value: number): Code => [0x41, ...s32(value)];
export const i32Load = (offset: number): Code => [0x28, 2, ...u32(offset)];
export const byteLoad = (offset: number): Code => [0x2d, 0, ...u32(offset)];
export const i64Load = (offset: number): Code => [0x29, 3, ...u32(offset)];
export const i32Store = (offset: number): Code => [0x36, 2, ...u32(offset)];
export const byteStore = (offset: number): Code => [0x3a, 0, ...u32(offset)];
export const add: Code = [0x6a];
export const subtract: Code = [0x6b];
export const multiply: Code = [0x6c];
export const and: Code = [0x71];
export const shiftLeft: Code = [0x74];
export const shiftRight: Code = [0x76];
export const isZero: Code = [0x45];
export const less: Code = [0x49];
export const greater: Code = [0x4b];
/** How many zeros are behind the last one. */
export const trailingZeros: Code = [0x68];
export const xor64: Code = [0x85];
export const countOnes64: Code = [0x7b];
export const add64: Code = [0x7c];
export const toI32: Code = [0xa7];

const vector = (operation: number): Code => [0xfd, ...u32(operation)];
/** Sixteen bytes, from any address. */
export const vectorLoad = (offset: number): Code => [...vector(0), 0, ...u32(offset)];
/** Eight bytes as eight signed numbers of 16 bits. */
export const bytesLoadAsShorts = (offset: number): Code => [...vector(1), 0, ...u32(offset)];
export const splatBytes: Code = vector(15);
export const subtractBytes: Code = vector(113);
export const lessOrEqualBytes: Code = vector(42);
/** A bit for each of sixteen bytes: its highest. */
export const bytesMask: Code = vector(100);
export const addFours: Code = vector(174);
/** Products of eight pairs of 16 bits, added two by two to four of 32 bits. */
export const dotShorts: Code = vector(186);
export const fourAt = (lane: number): Code => [...vector(27), lane];
export const block = (...body: Code[]): Code => [0x02, nothing, ...body.flat(), 0x0b];
export const loop = (...body: Code[]): Code => [0x03, nothing, ...body.flat(), 0x0b];
/** Out of a block, or to the start of a loop, that many levels up. */
export const branch = (depth: number): Code => [0x0c, ...u32(depth)];
export const branchIf = (depth: number): Code => [0x0d, ...u32(depth)];

export interface WasmFunction {
  readonly name: string;
  /** How many, all of 32 bits; so is what it returns. */
  readonly parameters: number;
  /** How many of each type, after the parameters. */
  readonly locals: readonly (readonly [count: number, type: number])[];
  readonly body: readonly Code[];
}

/** A module that exports functions of 32-bit numbers and imports its memory as `host.memory`. */
export function wasmModule(
  functions: readonly WasmFunction[],
  maxMemoryPages: number,
): Uint8Array<ArrayBuffer> {
  const types = functions.map(({ parameters }) => [
    0x60,
    ...list(Array.from({ length: parameters }, () => [i32])),
    ...list([[i32]]),
  ]);
  const names = functions.map(({ name }, index) => [...text(name), 0x00, ...u32(index)]);
  const codes = functions.map(({ locals, body }) => {
    const code = [...list(locals.map(([count, kind]) => [...u32(count), kind])), ...body.flat(), 0x0b];
    return [...u32(code.length), ...code];
  });
  const memory = [...text('host'), ...text('memory'), 0x02, 0x01, ...u32(1), ...u32(maxMemoryPages)];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list(types)),
    ...section(2, list([memory])),
    ...section(3, list(functions.map((_, index) => u32(index)))),
    ...section(7, list(names)),
    ...section(10, list(codes)),
  ]);
}
