/** Several test files as one process: `node test/runner/batch.ts FILE…`. tap runs the tests of one after those of the other. */
import { pathToFileURL } from 'node:url';

for (const file of process.argv.slice(2)) await import(pathToFileURL(file).href);
