import { getHeapStatistics } from 'node:v8';

/** How full the heap is. */
export interface HeapGauge {
  /** Used share of the most that the heap may grow to, 0 to 1. Takes some microseconds: not for every request. */
  share(): number;
}

/** The heap of this process. */
export const systemHeap: HeapGauge = {
  share() {
    const { used_heap_size, heap_size_limit } = getHeapStatistics();
    return used_heap_size / heap_size_limit;
  },
};
