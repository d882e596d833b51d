/**
 * A JSON object's text with another value for its top-level `model`; the rest stays as it is, byte for byte, because
 * parsing and writing again would change numbers and the provider's prompt cache. Texts are skipped whole, so a body's
 * size costs little. Comes back unchanged where there is no such member.
 */
export function withModel(body: string, model: string): string {
  let depth = 0;
  for (let at = 0; at < body.length; at++) {
    const char = body[at];
    if (char === '{' || char === '[') depth++;
    else if (char === '}' || char === ']') depth--;
    else if (char === '"') {
      const end = endOfText(body, at);
      const colon = afterSpace(body, end);
      if (depth === 1 && body[colon] === ':' && body.slice(at, end) === '"model"') {
        const value = afterSpace(body, colon + 1);
        if (body[value] !== '"') return body;
        return body.slice(0, value) + JSON.stringify(model) + body.slice(endOfText(body, value));
      }
      at = end - 1;
    }
  }
  return body;
}

/** Index behind the closing quote of the text that opens at `start`. */
function endOfText(body: string, start: number): number {
  let at = start + 1;
  for (;;) {
    const quote = body.indexOf('"', at);
    if (quote < 0) return body.length;
    let slashes = 0;
    while (body[quote - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return quote + 1;
    at = quote + 1;
  }
}

function afterSpace(body: string, at: number): number {
  while (/[ \t\r\n]/.test(body[at] ?? '')) at++;
  return at;
}
