/** Values of one sequence, and depth of calls, at most. */
const maxSequence = 100_000;
const maxDepth = 300;

/** What runs inside the engine beside JSONata: plain JavaScript, as text. */
export function guestSource(expressions: readonly string[], maxOutputChars: number): string {
  return `
const { parse, stringify } = JSON;
const limits = { stack: ${maxDepth}, sequence: ${maxSequence} };
// The library's own pads one character at a time where the engine cannot stop it.
const pad = (text, width, char) => {
  if (text === undefined) return undefined;
  if (Math.abs(width) > ${maxOutputChars}) throw { code: 'size' };
  return width < 0 ? text.padStart(-width, char || ' ') : text.padEnd(width, char || ' ');
};
const compiled = ${JSON.stringify(expressions)}.map((text) => {
  const expression = jsonata(text, limits);
  expression.registerFunction('pad', pad, '<s-ns?:s>');
  return expression;
});
let answer = '';
globalThis.run = (index, json) => {
  answer = '';
  compiled[index].evaluate(parse(json)).then(
    (value) => {
      const isFunction = typeof value === 'function' || (value && (value._jsonata_lambda || value._jsonata_function));
      if (value === undefined || isFunction) { answer = '{}'; return; }
      const text = stringify({ value });
      answer = text.length > ${maxOutputChars} ? '{"code":"size"}' : text;
    },
  ).catch((error) => {
    // An engine without memory throws null, or an error without a code. Words of the library may quote the answer.
    const code = error && typeof error.code === 'string' ? error.code.slice(0, 20) : error instanceof TypeError ? 'json' : 'memory';
    answer = stringify({ code, at: error && error.position > 0 ? error.position : 0 });
  });
};
globalThis.take = () => answer;
`;
}
