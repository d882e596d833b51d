import assert from 'node:assert/strict';
import fc from 'fast-check';
import t from 'tap';
import { BuddyBlocks, chunkBytes, smallestBlock } from '../../../../core/stores/vectors/buddy-blocks.ts';

t.test('blocks never overlap, and all of them together make whole chunks again', async () => {
  const call = fc.oneof(fc.record({ take: fc.nat(6) }), fc.record({ give: fc.nat(1000) }));
  const property = fc.property(fc.array(call, { maxLength: 120 }), (calls) => {
    const blocks = new BuddyBlocks();
    const taken: { address: number; bytes: number }[] = [];
    let chunks = 0;
    const take = (bytes: number) => {
      let address = blocks.take(bytes);
      if (address < 0) {
        chunks += 1;
        blocks.add(chunks * chunkBytes);
        address = blocks.take(bytes);
      }
      assert.equal(address % bytes, 0);
      for (const other of taken) {
        assert.ok(address + bytes <= other.address || other.address + other.bytes <= address);
      }
      taken.push({ address, bytes });
    };
    for (const one of calls) {
      if ('take' in one) take(smallestBlock * 2 ** one.take);
      else if (taken.length > 0) {
        const [given] = taken.splice(one.give % taken.length, 1);
        blocks.give(given!.address, given!.bytes);
      }
    }
    for (const { address, bytes } of taken.splice(0)) blocks.give(address, bytes);
    for (let chunk = 0; chunk < chunks; chunk += 1) assert.ok(blocks.take(chunkBytes) > 0);
    assert.equal(blocks.take(smallestBlock), -1);
  });
  fc.assert(property, { numRuns: 150 });
});
