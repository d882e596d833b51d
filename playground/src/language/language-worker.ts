import type { FromLanguage, ToLanguage } from './messages.ts';
import { PolicyLanguage } from './service.ts';

// Entry of the language worker: TypeScript, a megabyte of it, fetched when somebody writes.

const texts = import.meta.glob<string>(
  [
    '../../../node_modules/@typescript/old/lib/lib.es5.d.ts',
    '../../../node_modules/@typescript/old/lib/lib.es20{15,16,17,18,19,20,21,22,23}*.d.ts',
    '../../../node_modules/@typescript/old/lib/lib.decorators*.d.ts',
    '!**/*.full.d.ts',
  ],
  { query: '?raw', import: 'default', eager: true },
);
const libs = Object.fromEntries(
  Object.entries(texts).map(([path, text]) => [path.slice(path.lastIndexOf('/') + 1), text]),
);
const language = new PolicyLanguage(libs);

self.onmessage = ({ data: { id, question } }: MessageEvent<ToLanguage>) => {
  const message: FromLanguage = { id, answer: language.answer(question) };
  postMessage(message);
};
