import { StreamLanguage } from '@codemirror/language';

/** Enough of YAML to read it well: keys, texts, numbers, comments. */
export const yamlMode = StreamLanguage.define<{ flow: number }>({
  name: 'yaml',
  startState: () => ({ flow: 0 }),
  token(stream) {
    if (stream.eatSpace()) return null;
    if (stream.peek() === '#' && (stream.pos === 0 || /\s/.test(stream.string[stream.pos - 1] ?? ' '))) {
      stream.skipToEnd();
      return 'comment';
    }
    if (stream.match(/"(?:[^"\\]|\\.)*"|'(?:[^']|'')*'/)) {
      return stream.match(/\s*:(?=\s|$)/, false) ? 'propertyName' : 'string';
    }
    if (stream.match(/[\w./~$-]+(?:\s*)(?=:(?:\s|$))/)) return 'propertyName';
    if (stream.match(/[-+]?\d[\d_.]*(?=[\s,\]}]|$)/)) return 'number';
    if (stream.match(/(?:true|false|null)(?=[\s,\]}]|$)/)) return 'bool';
    if (stream.match(/[[\]{},:]|---/)) return 'punctuation';
    if (stream.match(/[&*!][\w-]+/)) return 'meta';
    if (stream.match(/[^\s,[\]{}:#]+/)) return 'string';
    stream.next();
    return null;
  },
  languageData: { commentTokens: { line: '#' } },
});
