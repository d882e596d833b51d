/**
 * In YAML `{ api_key: ${NAME} }` is not what it looks like: in a flow collection an unquoted brace opens a map. People
 * write it so all the same, and rightly expect it to work. Before parsing, each character inside `${…}` that has
 * a meaning in YAML is therefore replaced with a stand-in of the same length (so that positions stay right), and put
 * back in every value afterwards.
 */
export interface Shield {
  readonly text: string;
  /** Puts the characters back. */
  restore(text: string): string;
}

const meaningful = '{}[],:#';
const firstPrivate = 0xe000;
const lastPrivate = 0xf8ff;

/** Shields the references in a YAML text. Stand-ins are private-use characters that the text does not hold itself. */
export function shieldReferences(text: string): Shield {
  if (!text.includes('${')) return { text, restore: (value) => value };
  let base = firstPrivate;
  for (let code = base; code < base + meaningful.length && code <= lastPrivate; code++) {
    if (text.includes(String.fromCharCode(code))) base = code + 1;
  }
  const standIn = new Map([...meaningful].map((char, index) => [char, String.fromCharCode(base + index)]));
  const original = new Map([...standIn].map(([char, code]) => [code, char]));
  return {
    text: text.replaceAll(/\$\{[^{}\r\n]*\}/g, (reference) =>
      [...reference].map((char) => standIn.get(char) ?? char).join(''),
    ),
    restore: (value) => [...value].map((char) => original.get(char) ?? char).join(''),
  };
}
