/** The client of `hit-cost.ts`: a process of its own, so that its work is not counted. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';

export interface HitOrder {
  readonly url: string;
  readonly lanes: number;
  /** A lane asks once in so many milliseconds, late or not; 0: as soon as it has its answer. */
  readonly paceMs: number;
  readonly prompts: readonly string[];
}

export interface HitReport {
  readonly tookMs: readonly number[];
  /** What `X-Gateway-Cache` said, and how often. */
  readonly said: Readonly<Record<string, number>>;
}

const warmUp = 2000;

process.on('message', async ({ url, lanes, paceMs, prompts }: HitOrder) => {
  const pool = new Pool(url, { connections: lanes });
  const tookMs: number[] = [];
  const said: Record<string, number> = {};
  let next = 0;
  const began = performance.now();
  const lane = async (_: unknown, number: number) => {
    for (let turn = 0; next < prompts.length; turn += 1) {
      const content = prompts[next++]!;
      // What waits for a late answer counts from when it was to be asked.
      const dueMs = began + (turn + number / lanes) * paceMs;
      if (paceMs > 0) await sleep(Math.max(0, dueMs - performance.now()));
      const start = paceMs > 0 ? dueMs : performance.now();
      const { headers, body } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content }] }),
      });
      await body.dump();
      // Connections are made and code is compiled first.
      if (next > warmUp) tookMs.push(performance.now() - start);
      const cache = String(headers['x-gateway-cache']);
      said[cache] = (said[cache] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await pool.close();
  process.send!({ tookMs, said } satisfies HitReport);
});
