import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import {
  candidateBytes,
  createKernel,
  pageBytes,
  rowsPerPage,
} from '../../../../core/stores/vectors/scan-kernel.ts';
import { distanceLimit, Sketcher, sketchBits } from '../../../../core/stores/vectors/sketch.ts';
import { wasm } from '../../../../core/stores/vectors/wasm.ts';
import { arbitraryVectors, cosine, seeded } from './_vectors.ts';

const words = sketchBits / 32;

function differing(a: Uint32Array, b: Uint32Array, count: number): number {
  let bits = 0;
  for (let at = 0; at < count; at += 1) {
    for (let left = (a[at]! ^ b[at]!) >>> 0; left !== 0; left &= left - 1) bits += 1;
  }
  return bits;
}

const memory = new wasm.Memory({ initial: 8, maximum: 65_536 });
const kernel = createKernel(memory);
const all = new Uint32Array(memory.buffer);
const bytes = new Uint8Array(memory.buffer);
const [list, heads, out, firstPage] = [64, 1024, 4096, 65_536];

t.test('the kernel finds what counting bits finds, for any number of rows', async () => {
  const property = fc.property(
    fc.nat(300),
    fc.integer(),
    fc.nat(128),
    fc.nat(128),
    fc.nat(256),
    fc.nat(512),
    (rows, seed, low, span, halfLimit, limit) => {
      const random = seeded(seed);
      const word = () => Math.floor(random() * 2 ** 32);
      const query = Uint32Array.from({ length: words }, word);
      all.set(query, 0);
      const sketches = Array.from({ length: rows }, (_, row) => {
        // Some near, some far.
        const sketch = query.map((one) => one ^ (row % 3 === 0 ? word() & word() & word() : word()));
        const page = (firstPage + Math.floor(row / rowsPerPage) * pageBytes) / 4;
        all.set(sketch.subarray(0, 4), page + (row % rowsPerPage) * 4);
        all.set(sketch.subarray(4), page + rowsPerPage * 4 + (row % rowsPerPage) * 12);
        return sketch;
      });
      const pages = Math.ceil(rows / rowsPerPage);
      for (let page = 0; page < pages; page += 1) all[list / 4 + page] = firstPage + page * pageBytes;
      assert.equal(kernel.heads(list, pages, 0, heads), heads + pages * rowsPerPage);
      const distances = sketches.map((sketch) =>
        [4, 8, words].map((count) => differing(sketch, query, count)),
      );
      assert.deepEqual(
        [...bytes.subarray(heads, heads + rows)],
        distances.map(([head]) => head),
      );
      bytes.fill(255, heads + rows, heads + pages * rowsPerPage);
      const high = Math.min(128, low + span);
      const end = kernel.collect(heads, rows, low, high - low, list, 0, halfLimit, limit, out);
      const found = Array.from({ length: (end - out) / candidateBytes }, (_, at) => [
        all[out / 4 + at * 2],
        all[out / 4 + at * 2 + 1],
      ]);
      const expected = distances
        .map(([head, half, whole], row) => ({ row, head: head!, half: half!, whole: whole! }))
        .filter(({ head, half, whole }) => head >= low && head <= high && half <= halfLimit && whole <= limit)
        .map(({ row, whole }) => [row, whole]);
      assert.deepEqual(found, expected);
    },
  );
  fc.assert(property, { numRuns: 150 });
});

t.test('the kernel multiplies as a loop does, whatever the numbers', async () => {
  const codes = new Int8Array(memory.buffer);
  const shorts = new Int16Array(memory.buffer);
  const query = 8192;
  const property = fc.property(
    fc.nat(9),
    fc.integer({ min: 1, max: 40 }),
    fc.integer(),
    (count, steps, seed) => {
      const random = seeded(seed);
      const length = steps * 16;
      const edge = (most: number) =>
        random() < 0.1 ? (random() < 0.5 ? -most : most) : Math.round((random() * 2 - 1) * most);
      for (let at = 0; at < length; at += 1) shorts[query / 2 + at] = edge(4095);
      const expected = Array.from({ length: count }, (_, index) => {
        // From addresses that are no multiple of anything.
        const address = firstPage + index * (length + 5);
        all[out / 4 + index] = address;
        let sum = 0;
        for (let at = 0; at < length; at += 1) {
          codes[address + at] = edge(127);
          sum += codes[address + at]! * shorts[query / 2 + at]!;
        }
        return sum | 0;
      });
      assert.equal(kernel.products(out, count, query, length), out + count * 4);
      assert.deepEqual(
        expected,
        expected.map((_, index) => all[out / 4 + index]! | 0),
      );
    },
  );
  fc.assert(property, { numRuns: 100 });
});

t.test('sketches tell angles, for sparse and dense vectors of any dimensions', async (t) => {
  for (const dimensions of [24, 50, 256, 384, 512, 1536]) {
    const sketcher = new Sketcher(dimensions);
    const sketch = (vector: Float32Array) => {
      const found = new Uint32Array(words);
      sketcher.write(vector, found);
      return found;
    };
    for (const kind of ['sparse', 'dense', 'alike'] as const) {
      const make = arbitraryVectors(kind, dimensions, 3);
      let beyond = 0;
      for (let at = 0; at < 60; at += 1) {
        const [a, b] = [make.entry(at), make.near(at)];
        const angle = cosine(a, b);
        if (differing(sketch(a), sketch(b), words) > distanceLimit(angle, sketchBits)) beyond += 1;
        if (differing(sketch(a), sketch(b), 4) > distanceLimit(angle, sketchBits / 4)) beyond += 1;
      }
      t.equal(beyond, 0, `${kind}, ${dimensions} dimensions`);
    }
  }
});
