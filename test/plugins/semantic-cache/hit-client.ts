/** The client of `hit-cost.ts`: a process of its own, so that its work is not counted. */
import { Pool } from 'undici';

export interface HitOrder {
  readonly url: string;
  readonly lanes: number;
  readonly prompts: readonly string[];
}

export interface HitReport {
  readonly tookMs: readonly number[];
  /** What `X-Gateway-Cache` said, and how often. */
  readonly said: Readonly<Record<string, number>>;
}

process.on('message', async ({ url, lanes, prompts }: HitOrder) => {
  const pool = new Pool(url, { connections: lanes });
  const tookMs: number[] = [];
  const said: Record<string, number> = {};
  let next = 0;
  const lane = async () => {
    while (next < prompts.length) {
      const content = prompts[next++]!;
      const start = performance.now();
      const { headers, body } = await pool.request({
        path: '/v1/chat/completions',
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'test', messages: [{ role: 'user', content }] }),
      });
      await body.dump();
      tookMs.push(performance.now() - start);
      const cache = String(headers['x-gateway-cache']);
      said[cache] = (said[cache] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  await pool.close();
  process.send!({ tookMs, said } satisfies HitReport);
});
