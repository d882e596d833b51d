import type { LanceFault } from './lance-message.ts';

/** A call that LanceDB did not carry out, as far as is known. */
export class LanceFailure extends Error {
  readonly fault: LanceFault;

  constructor(fault: LanceFault, message: string) {
    super(message);
    this.name = 'LanceFailure';
    this.fault = fault;
  }
}
