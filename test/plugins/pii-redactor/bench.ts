import { detectorsOf } from '../../../plugins/pii-redactor/detectors/all.ts';
import { Finder } from '../../../plugins/pii-redactor/finder.ts';
import { piiTypes } from '../../../plugins/pii-redactor/types.ts';
import type { Chunk } from '../../../sdk/chunk.ts';
import { transformOf } from './harness.ts';

// Measures what the plugin costs: `node --disable-warning=ExperimentalWarning test/plugins/pii-redactor/bench.ts`.

const size = 40 * 1024;
const fill = (text: string) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
const prompts = {
  'prose, a find each 100': fill(
    'The quick brown fox jumps over the lazy dog, and rests; see section 4.2 (2024-01-05) or ada@example.com. ',
  ),
  'prose without finds': fill(
    'Please write a short reply to the customer, who asks why the parcel is late; be polite, and offer a refund of 5 euros. ',
  ),
  code: fill(
    'const a = await client.create({ model: "m-4", messages: [{ role: "user", content: text }], max_tokens: 1024 });\n',
  ),
  log: fill(
    '2024-01-05T12:34:56.789Z INFO 192.0.2.17 GET /v1/items/12345?x=1 200 35ms id=123e4567-e89b-12d3\n',
  ),
  json: fill('{"id":17,"name":"user17","price":19.99,"tags":["a","b"],"phone":"none","active":true},'),
  chinese: fill('请帮我总结一下这篇文章的主要内容，谢谢。'),
};

function measure(name: string, rounds: number, unit: string, scale: number, run: () => void): void {
  for (let round = 0; round < rounds / 4; round++) run();
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const start = performance.now();
    run();
    times.push((performance.now() - start) * scale);
  }
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.floor(times.length * share)]!.toFixed(3);
  console.log(`${name.padEnd(28)} least ${at(0)} ${unit}  p50 ${at(0.5)} ${unit}  p99 ${at(0.99)} ${unit}`);
}

const finder = new Finder(detectorsOf(new Set(piiTypes)));
let found = 0;
for (const [name, text] of Object.entries(prompts)) {
  measure(`40 KB of ${name}`, 400, 'ms', 1, () => {
    finder.run(text, 0, true, () => found++);
  });
}

// One event of four characters, the size of a token.
for (const [name, text] of Object.entries(prompts)) {
  const chunks: Chunk[] = [];
  for (let index = 0; index < 4000; index += 4)
    chunks.push({ type: 'text', choice: 0, text: text.slice(index, index + 4) });
  measure(`an event of ${name}`, 200, 'us', 1000 / chunks.length, () => {
    const transform = transformOf({ action: 'mask' });
    const emit = () => found++;
    for (const chunk of chunks) transform.push(chunk, emit);
    transform.end(emit);
  });
}
console.log(found);
