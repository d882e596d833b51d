/** An answer that was kept or served, by the request that got it. */
export interface Recent {
  readonly tenant: string;
  readonly alias: string;
  /** Of the exact store; null where it is not there. */
  readonly key: string | null;
  /** Of the store of vectors; null where it is not there. */
  readonly vector: { readonly namespace: string; readonly id: string } | null;
  /** It was served to the request, by meaning. */
  readonly semantic: boolean;
}

const maxRequests = 20_000;

/** What requests of a while ago got, for those who find it wrong. */
export class RecentAnswers {
  // Maps keep the order in which keys were added.
  readonly #byRequest = new Map<string, Recent>();

  add(requestId: string, recent: Recent): void {
    this.#byRequest.set(requestId, recent);
    if (this.#byRequest.size <= maxRequests) return;
    const [oldest] = this.#byRequest.keys();
    this.#byRequest.delete(oldest!);
  }

  /** Each can be found wrong once. */
  take(requestId: string, tenant: string | null): Recent | null {
    const recent = this.#byRequest.get(requestId);
    if (recent === undefined || (tenant !== null && recent.tenant !== tenant)) return null;
    this.#byRequest.delete(requestId);
    return recent;
  }
}
