/**
 * The machine's monotonic clock, in microseconds with a fraction. Threads and processes of one machine share it,
 * so a time taken in one can be subtracted in another.
 */
export function monotonicUs(): number {
  return Number(process.hrtime.bigint()) / 1000;
}
