import type { Step } from './step.ts';

/** How many steps of a program decide who may pass: each of them must, before anybody answers. */
export function countGates(steps: readonly Step[]): number {
  let gates = 0;
  for (const { authenticates } of steps) if (authenticates === true) gates += 1;
  return gates;
}
