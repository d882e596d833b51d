import { createHash } from 'node:crypto';
import { stringify } from 'yaml';

/** The part of Helm's templates that our chart uses, for machines without Helm. https://pkg.go.dev/text/template */
export class Template {
  readonly #defined = new Map<string, Node[]>();
  readonly #values: unknown;

  /** @param values what `.` is at the top: `Values`, `Release`, `Chart`. */
  constructor(values: unknown) {
    this.#values = values;
  }

  render(text: string): string {
    const [nodes] = this.#parse(tokensOf(text), 0);
    return this.#run(nodes, this.#values);
  }

  #parse(tokens: readonly Token[], from: number): [Node[], number] {
    const nodes: Node[] = [];
    for (let at = from; at < tokens.length; at += 1) {
      const token = tokens[at]!;
      if (token.type === 'text') {
        nodes.push({ type: 'text', text: token.text });
        continue;
      }
      const [word = '', ...rest] = token.text.split(' ');
      if (word === 'end') return [nodes, at];
      if (!['if', 'with', 'define'].includes(word)) {
        nodes.push({ type: 'value', expression: token.text });
        continue;
      }
      const [inner, end] = this.#parse(tokens, at + 1);
      if (end >= tokens.length) throw new Error(`{{ ${token.text} }} has no end`);
      at = end;
      const expression = rest.join(' ');
      if (word === 'define') this.#defined.set(JSON.parse(expression) as string, inner);
      else nodes.push({ type: word as 'if' | 'with', expression, inner });
    }
    return [nodes, tokens.length];
  }

  #run(nodes: readonly Node[], dot: unknown): string {
    return nodes
      .map((node) => {
        if (node.type === 'text') return node.text;
        const value = this.#evaluate(node.expression, dot);
        if (node.type === 'value') return String(value);
        return isTrue(value) ? this.#run(node.inner, node.type === 'with' ? value : dot) : '';
      })
      .join('');
  }

  #evaluate(expression: string, dot: unknown): unknown {
    let piped: unknown[] = [];
    for (const part of splitOutside(expression, '|')) {
      const [name = '', ...words] = splitOutside(part.trim(), ' ').filter(Boolean);
      const values = words.map((word) => this.#operand(word, dot));
      piped = [this.#call(name, [...values, ...piped], dot)];
    }
    return piped[0];
  }

  #operand(word: string, dot: unknown): unknown {
    if (word.startsWith('(')) return this.#evaluate(word.slice(1, -1), dot);
    if (word.startsWith('"')) return JSON.parse(word);
    if (/^\d+$/.test(word)) return Number(word);
    if (!word.startsWith('.')) throw new Error(`not understood: ${word}`);
    let value = dot;
    for (const key of word.split('.').filter(Boolean)) value = (value as Record<string, unknown>)[key];
    return value;
  }

  #call(name: string, given: readonly unknown[], dot: unknown): unknown {
    const [first, second] = given;
    switch (name) {
      case 'include':
        return this.#run(this.#defined.get(first as string)!, second);
      case 'toYaml':
        return stringify(first, { lineWidth: 0 }).trimEnd();
      case 'nindent':
        return `\n${(second as string).replaceAll(/^(?=.)/gm, ' '.repeat(first as number))}`;
      case 'default':
        return isTrue(second) ? second : first;
      case 'printf':
        return (first as string).replace('%s', second as string);
      case 'quote':
        return JSON.stringify(first);
      case 'sha256sum':
        return createHash('sha256')
          .update(first as string)
          .digest('hex');
      case 'trunc':
        return (second as string).slice(0, first as number);
      case 'trimSuffix':
        return (second as string).endsWith(first as string)
          ? (second as string).slice(0, -(first as string).length)
          : second;
      case 'contains':
        return (second as string).includes(first as string);
      case 'not':
        return !isTrue(first);
      default:
        return this.#operand(name, dot);
    }
  }
}

type Node =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'value'; readonly expression: string }
  | { readonly type: 'if' | 'with'; readonly expression: string; readonly inner: readonly Node[] };

interface Token {
  readonly type: 'text' | 'action';
  readonly text: string;
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text;
  for (;;) {
    const match = /\{\{(-?)\s*(.*?)\s*(-?)\}\}/s.exec(rest);
    if (match === null) return [...tokens, { type: 'text', text: rest }];
    const [whole, left, action = '', right] = match;
    const before = rest.slice(0, match.index);
    tokens.push(
      { type: 'text', text: left === '-' ? before.trimEnd() : before },
      { type: 'action', text: action },
    );
    rest = rest.slice(match.index + whole.length);
    if (right === '-') rest = rest.trimStart();
  }
}

/** Cuts at a character that is in no quotes and no parentheses. */
function splitOutside(text: string, cut: string): string[] {
  const parts = [''];
  let depth = 0;
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    if (!quoted && character === '(') depth += 1;
    if (!quoted && character === ')') depth -= 1;
    if (character === cut && depth === 0 && !quoted) parts.push('');
    else parts[parts.length - 1] += character;
  }
  return parts;
}

function isTrue(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}
