import { type WasmMemory, type WasmModule, wasm } from './wasm.ts';
import {
  add,
  add64,
  addFours,
  and,
  block,
  branchIf,
  byteLoad,
  byteStore,
  bytesLoadAsShorts,
  bytesMask,
  type Code,
  constant,
  countOnes64,
  dotShorts,
  fourAt,
  get,
  greater,
  i32,
  i32Load,
  i32Store,
  i64,
  i64Load,
  isZero,
  less,
  lessOrEqualBytes,
  loop,
  multiply,
  set,
  shiftLeft,
  shiftRight,
  splatBytes,
  subtract,
  subtractBytes,
  tee,
  toI32,
  trailingZeros,
  v128,
  vectorLoad,
  wasmModule,
  xor64,
} from './wasm-code.ts';

/** Sketches have 512 bits: 64 bytes, a quarter of which is looked at first. */
export const sketchBytes = 64;
const headBytes = 16;
const tailBytes = sketchBytes - headBytes;
/** Sketches of one page: the first 128 bits of all, then the other 384 bits of all. */
export const rowsPerPage = 64;
export const pageBytes = rowsPerPage * sketchBytes;
export const maxMemoryPages = 65_536;

/** What `collect` writes for each row it lets through: its number, then its distance in bits. */
export const candidateBytes = 8;
/** Codes of a vector fill up with zeros to a multiple of this. */
export const codesStep = 16;

/** All arguments are addresses in the memory, or numbers. Sums of products wrap at 32 bits. */
export interface ScanKernel {
  /**
   * In how many of its first 128 bits each sketch differs from one: a byte for each.
   *
   * @param pages list of page addresses, four bytes each.
   * @param count of pages; all their 64 rows are looked at.
   */
  heads(pages: number, count: number, query: number, out: number): number;
  /**
   * Rows whose byte of `heads` is within `low` and `low + span`, and that differ in at most `halfLimit` of the first 256
   * bits and `limit` of all.
   *
   * @param rows how many; bytes up to the next multiple of 16 are read, and must be 255.
   * @returns the address after the last candidate.
   */
  collect(
    heads: number,
    rows: number,
    low: number,
    span: number,
    pages: number,
    query: number,
    halfLimit: number,
    limit: number,
    out: number,
  ): number;
  /**
   * Products of vectors with one: the address of a vector, four bytes, becomes their sum.
   *
   * @param list of addresses of signed bytes.
   * @param query numbers of 16 bits.
   * @param length how many, a multiple of 16.
   */
  products(list: number, count: number, query: number, length: number): number;
}

// 100,000 rows take a tenth of a millisecond (one population count for 64 bits; JavaScript needs a dozen operations for
// 32), a product of 512 numbers a fiftieth of a microsecond, which is why this is not JavaScript.

const heads = (): readonly Code[] => {
  const [pages, count, query, out, head, end, first, second] = [0, 1, 2, 3, 4, 5, 6, 7] as const;
  const row = (index: number): Code => [
    ...get(out),
    ...[...get(head), ...i64Load(index * headBytes), ...get(first), ...xor64, ...countOnes64],
    ...[...get(head), ...i64Load(index * headBytes + 8), ...get(second), ...xor64, ...countOnes64],
    ...[...add64, ...toI32, ...byteStore(index)],
  ];
  return [
    [...get(query), ...i64Load(0), ...set(first), ...get(query), ...i64Load(8), ...set(second)],
    block(
      [...get(count), ...isZero, ...branchIf(0)],
      loop(
        [
          ...get(pages),
          ...i32Load(0),
          ...tee(head),
          ...constant(rowsPerPage * headBytes),
          ...add,
          ...set(end),
        ],
        loop(
          ...[0, 1, 2, 3].map(row),
          [...get(out), ...constant(4), ...add, ...set(out)],
          [
            ...get(head),
            ...constant(4 * headBytes),
            ...add,
            ...tee(head),
            ...get(end),
            ...less,
            ...branchIf(0),
          ],
        ),
        [...get(pages), ...constant(4), ...add, ...set(pages)],
        [...get(count), ...constant(1), ...subtract, ...tee(count), ...branchIf(0)],
      ),
    ),
    get(out),
  ];
};

const collect = (): readonly Code[] => {
  const [bytes, rows, low, span, pages, query, halfLimit, limit, out] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const [from, mask, row, tail, distance] = [9, 10, 11, 12, 13] as const;
  const word = (index: number) => 14 + index;
  const [lows, spans] = [20, 21] as const;
  const differing = (index: number): Code => [
    ...get(tail),
    ...i64Load(index * 8),
    ...get(word(index)),
    ...xor64,
    ...countOnes64,
  ];
  const oneRow = block(
    [...get(from), ...get(mask), ...trailingZeros, ...add, ...set(row)],
    [...get(mask), ...get(mask), ...constant(1), ...subtract, ...and, ...set(mask)],
    [
      ...get(pages),
      ...get(row),
      ...constant(6),
      ...shiftRight,
      ...constant(2),
      ...shiftLeft,
      ...add,
      ...i32Load(0),
    ],
    [...get(row), ...constant(rowsPerPage - 1), ...and, ...constant(tailBytes), ...multiply, ...add],
    [...constant(rowsPerPage * headBytes), ...add, ...set(tail)],
    [...differing(0), ...differing(1), ...add64, ...toI32],
    [...get(bytes), ...get(row), ...add, ...byteLoad(0), ...add, ...tee(distance)],
    [...get(halfLimit), ...greater, ...branchIf(0)],
    [...differing(2), ...differing(3), ...add64, ...differing(4), ...add64, ...differing(5), ...add64],
    [...toI32, ...get(distance), ...add, ...tee(distance), ...get(limit), ...greater, ...branchIf(0)],
    [...get(out), ...get(row), ...i32Store(0), ...get(out), ...get(distance), ...i32Store(4)],
    [...get(out), ...constant(candidateBytes), ...add, ...set(out)],
  );
  return [
    ...[0, 1, 2, 3, 4, 5].map(
      (at): Code => [...get(query), ...i64Load(headBytes + at * 8), ...set(word(at))],
    ),
    [...get(low), ...splatBytes, ...set(lows), ...get(span), ...splatBytes, ...set(spans)],
    block(
      [...get(rows), ...isZero, ...branchIf(0)],
      loop(
        [...get(bytes), ...get(from), ...add, ...vectorLoad(0), ...get(lows), ...subtractBytes],
        [...get(spans), ...lessOrEqualBytes, ...bytesMask, ...set(mask)],
        block([...get(mask), ...isZero, ...branchIf(0)], loop(oneRow, [...get(mask), ...branchIf(0)])),
        [...get(from), ...constant(16), ...add, ...tee(from), ...get(rows), ...less, ...branchIf(0)],
      ),
    ),
    get(out),
  ];
};

const products = (): readonly Code[] => {
  const [list, count, query, length] = [0, 1, 2, 3] as const;
  const [at, end, shorts, sums, others] = [4, 5, 6, 7, 8] as const;
  const eight = (offset: number, into: number): Code => [
    ...[...get(at), ...bytesLoadAsShorts(offset), ...get(shorts), ...vectorLoad(offset * 2), ...dotShorts],
    ...[...get(into), ...addFours, ...set(into)],
  ];
  return [
    block(
      [...get(count), ...isZero, ...branchIf(0)],
      loop(
        [...get(list), ...i32Load(0), ...tee(at), ...get(length), ...add, ...set(end)],
        [...get(query), ...set(shorts)],
        // Zeros: a byte minus itself.
        [...get(sums), ...get(sums), ...subtractBytes, ...tee(sums), ...set(others)],
        loop(
          eight(0, sums),
          eight(8, others),
          [...get(shorts), ...constant(codesStep * 2), ...add, ...set(shorts)],
          [...get(at), ...constant(codesStep), ...add, ...tee(at), ...get(end), ...less, ...branchIf(0)],
        ),
        [...get(sums), ...get(others), ...addFours, ...set(sums)],
        [...get(list), ...get(sums), ...fourAt(0), ...get(sums), ...fourAt(1), ...add],
        [...get(sums), ...fourAt(2), ...add, ...get(sums), ...fourAt(3), ...add, ...i32Store(0)],
        [...get(list), ...constant(4), ...add, ...set(list)],
        [...get(count), ...constant(1), ...subtract, ...tee(count), ...branchIf(0)],
      ),
    ),
    get(list),
  ];
};

const locals = (...them: readonly (readonly [count: number, type: number])[]) => them;

let compiled: WasmModule | undefined;

/** @param memory made with a maximum of `maxMemoryPages` or less. */
export function createKernel(memory: WasmMemory): ScanKernel {
  compiled ??= new wasm.Module(
    wasmModule(
      [
        { name: 'heads', parameters: 4, locals: locals([2, i32], [2, i64]), body: heads() },
        { name: 'collect', parameters: 9, locals: locals([5, i32], [6, i64], [2, v128]), body: collect() },
        { name: 'products', parameters: 4, locals: locals([3, i32], [2, v128]), body: products() },
      ],
      maxMemoryPages,
    ),
  );
  return new wasm.Instance(compiled, { host: { memory } }).exports as unknown as ScanKernel;
}
