import { type WasmMemory, type WasmModule, wasm } from './wasm.ts';
import {
  add,
  add64,
  block,
  branch,
  branchIf,
  type Code,
  constant,
  countOnes64,
  get,
  greater,
  i32,
  i32Load,
  i32Store,
  i64,
  i64Load,
  isZero,
  less,
  lessOrEqual,
  loop,
  multiply,
  oneFunction,
  select,
  set,
  shiftRight,
  subtract,
  tee,
  toI32,
  xor64,
} from './wasm-code.ts';

/** Sketches have 512 bits: 64 bytes, a quarter of which is looked at first. */
export const sketchBytes = 64;
const headBytes = 16;
/** Sketches of one page: the first 128 bits of all, then the other 384 bits of all. */
export const rowsPerPage = 64;
export const pageBytes = rowsPerPage * sketchBytes;
export const maxMemoryPages = 65_536;

/** What the kernel writes for each row it lets through: its number, then its distance in bits. */
export const candidateBytes = 8;

/**
 * Finds the sketches that are near one: rows whose first 128 bits differ in at most `headLimit` places and whose 512
 * bits in at most `limit`. All arguments are addresses in the memory, or numbers.
 *
 * @param pages list of page addresses, four bytes each.
 * @param rows how many rows these pages hold.
 * @param query the sketch asked for.
 * @param out where candidates go; needs room for all rows.
 * @returns the address after the last candidate.
 */
export type Scan = (
  pages: number,
  rows: number,
  query: number,
  headLimit: number,
  limit: number,
  out: number,
) => number;

// 100,000 rows take a tenth of a millisecond (one population count for 64 bits; JavaScript needs a dozen operations for
// 32), which is why this is not JavaScript.
const [pages, rows, query, headLimit, limit, out] = [0, 1, 2, 3, 4, 5] as const;
const [head, headEnd, distance, page, tail, base] = [6, 7, 8, 9, 10, 11] as const;
const word = (index: number) => 12 + index;

const differing = (address: number, offset: number, index: number): Code => [
  ...get(address),
  ...i64Load(offset),
  ...get(word(index)),
  ...xor64,
  ...countOnes64,
];

const loadQuery = Array.from(
  { length: 8 },
  (_, index): Code => [...get(query), ...i64Load(index * 8), ...set(word(index))],
);

const oneRow = block(
  differing(head, 0, 0),
  differing(head, 8, 1),
  [...add64, ...toI32, ...tee(distance)],
  [...get(headLimit), ...greater, ...branchIf(0)],
  // Its other bits: three times as far into the page's second part.
  [...get(head), ...get(page), ...subtract, ...constant(3), ...multiply],
  [...get(page), ...add, ...constant(rowsPerPage * headBytes), ...add, ...set(tail)],
  differing(tail, 0, 2),
  ...[3, 4, 5, 6, 7].map((index): Code => [...differing(tail, (index - 2) * 8, index), ...add64]),
  [...toI32, ...get(distance), ...add, ...tee(distance)],
  [...get(limit), ...greater, ...branchIf(0)],
  [...get(out), ...get(base), ...get(head), ...get(page), ...subtract, ...constant(4), ...shiftRight],
  [...add, ...i32Store(0)],
  [...get(out), ...get(distance), ...i32Store(4)],
  [...get(out), ...constant(candidateBytes), ...add, ...set(out)],
);

const onePage: readonly Code[] = [
  [...get(pages), ...i32Load(0), ...tee(page), ...tee(head)],
  // The end: after 64 rows, or fewer on the last page.
  [...get(rows), ...constant(rowsPerPage), ...get(rows), ...constant(rowsPerPage), ...less, ...select],
  [...constant(headBytes), ...multiply, ...add, ...set(headEnd)],
  loop(oneRow, [...get(head), ...constant(headBytes), ...add, ...tee(head)], get(headEnd), less, branchIf(0)),
];

const code = oneFunction(
  'scan',
  6,
  [
    [6, i32],
    [8, i64],
  ],
  [
    ...loadQuery,
    block(
      [...get(rows), ...isZero, ...branchIf(0)],
      loop(
        ...onePage,
        [...get(rows), ...constant(rowsPerPage), ...lessOrEqual, ...branchIf(1)],
        [...get(rows), ...constant(rowsPerPage), ...subtract, ...set(rows)],
        [...get(pages), ...constant(4), ...add, ...set(pages)],
        [...get(base), ...constant(rowsPerPage), ...add, ...set(base)],
        branch(0),
      ),
    ),
    get(out),
  ],
  maxMemoryPages,
);

let compiled: WasmModule | undefined;

/** @param memory made with a maximum of `maxMemoryPages` or less. */
export function createScan(memory: WasmMemory): Scan {
  compiled ??= new wasm.Module(code);
  return new wasm.Instance(compiled, { host: { memory } }).exports['scan'] as Scan;
}
