/** Blocks are powers of two from here. */
export const smallestBlock = 1024;
/** All memory comes in chunks of this size, which is that of the largest block. */
export const chunkBytes = 65_536;

const orders = Math.log2(chunkBytes / smallestBlock) + 1;

/**
 * Free blocks of a memory, by the buddy system (Knowlton 1965): a block is halved until it is small enough, and joined
 * with its other half again once both are free, so that what one use gave back serves another of any size.
 */
export class BuddyBlocks {
  readonly #free = Array.from({ length: orders }, () => new Set<number>());

  /** A chunk more, at a multiple of its size. */
  add(chunk: number): void {
    this.#free[orders - 1]!.add(chunk);
  }

  /** @param bytes a power of two within a chunk. @returns the address; -1 where no free block is large enough. */
  take(bytes: number): number {
    const wanted = orderOf(bytes);
    for (let order = wanted; order < orders; order += 1) {
      const [address] = this.#free[order]!;
      if (address === undefined) continue;
      this.#free[order]!.delete(address);
      while (order > wanted) {
        order -= 1;
        this.#free[order]!.add(address + smallestBlock * 2 ** order);
      }
      return address;
    }
    return -1;
  }

  /** @param bytes what it was taken with. */
  give(address: number, bytes: number): void {
    let order = orderOf(bytes);
    let block = address;
    while (order < orders - 1) {
      const size = smallestBlock * 2 ** order;
      const other = block % (size * 2) === 0 ? block + size : block - size;
      if (!this.#free[order]!.delete(other)) break;
      block = Math.min(block, other);
      order += 1;
    }
    this.#free[order]!.add(block);
  }
}

function orderOf(bytes: number): number {
  return Math.log2(bytes / smallestBlock);
}
