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
const nothing = 0x40;

export const get = (local: number): Code => [0x20, ...u32(local)];
export const set = (local: number): Code => [0x21, ...u32(local)];
/** Sets a local and leaves the value. */
export const tee = (local: number): Code => [0x22, ...u32(local)];
export const constant = (value: number): Code => [0x41, ...s32(value)];
export const i32Load = (offset: number): Code => [0x28, 2, ...u32(offset)];
export const i64Load = (offset: number): Code => [0x29, 3, ...u32(offset)];
export const i32Store = (offset: number): Code => [0x36, 2, ...u32(offset)];
export const add: Code = [0x6a];
export const subtract: Code = [0x6b];
export const multiply: Code = [0x6c];
export const shiftRight: Code = [0x76];
export const isZero: Code = [0x45];
export const less: Code = [0x49];
export const greater: Code = [0x4b];
export const lessOrEqual: Code = [0x4d];
/** a, b, condition: a where the condition is true. */
export const select: Code = [0x1b];
export const xor64: Code = [0x85];
export const countOnes64: Code = [0x7b];
export const add64: Code = [0x7c];
export const toI32: Code = [0xa7];
export const block = (...body: Code[]): Code => [0x02, nothing, ...body.flat(), 0x0b];
export const loop = (...body: Code[]): Code => [0x03, nothing, ...body.flat(), 0x0b];
/** Out of a block, or to the start of a loop, that many levels up. */
export const branch = (depth: number): Code => [0x0c, ...u32(depth)];
export const branchIf = (depth: number): Code => [0x0d, ...u32(depth)];

/**
 * A module that exports one function of 32-bit numbers and imports its memory as `host.memory`.
 *
 * @param locals how many of each type, after the parameters.
 */
export function oneFunction(
  name: string,
  parameters: number,
  locals: readonly (readonly [count: number, type: number])[],
  body: readonly Code[],
  maxMemoryPages: number,
): Uint8Array<ArrayBuffer> {
  const type = [0x60, ...list(Array.from({ length: parameters }, () => [i32])), ...list([[i32]])];
  const code = [...list(locals.map(([count, kind]) => [...u32(count), kind])), ...body.flat(), 0x0b];
  const memory = [...text('host'), ...text('memory'), 0x02, 0x01, ...u32(1), ...u32(maxMemoryPages)];
  return new Uint8Array([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, list([type])),
    ...section(2, list([memory])),
    ...section(3, list([[0]])),
    ...section(7, list([[...text(name), 0x00, 0]])),
    ...section(10, list([[...u32(code.length), ...code]])),
  ]);
}
