/**
 * Writes `.gz` and `.br` beside every text file of `playground/dist`, so that the gateway compresses nothing at run time,
 * and prints what each screen weighs.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const texts = /\.(?:html|js|css|svg|json|wasm|txt|map)$/;
/** Below this a response's own headers weigh more than what compression saves. */
const leastBytes = 512;

/** Above this the best quality takes many seconds, for a tenth less. */
const longBytes = 1_000_000;

const rows: { file: string; bytes: number; gzip: number; brotli: number }[] = [];
for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
  if (!entry.isFile() || !texts.test(entry.name)) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = readFileSync(path);
  if (bytes.length < leastBytes) continue;
  const gzip = gzipSync(bytes, { level: 9 });
  const brotli = brotliCompressSync(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > longBytes ? 9 : 11,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
  writeFileSync(`${path}.gz`, gzip);
  writeFileSync(`${path}.br`, brotli);
  rows.push({ file: path.slice(dist.length), bytes: bytes.length, gzip: gzip.length, brotli: brotli.length });
}

const kb = (bytes: number) => `${(bytes / 1000).toFixed(1)} kB`.padStart(11);
const width = Math.max(...rows.map(({ file }) => file.length));
for (const { file, bytes, gzip, brotli } of rows.toSorted((a, b) => b.gzip - a.gzip)) {
  process.stdout.write(`${file.padEnd(width)} ${kb(bytes)} ${kb(gzip)} gzip ${kb(brotli)} br\n`);
}
