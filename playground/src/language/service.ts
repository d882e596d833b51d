import ts from '@typescript/typescript6';
import { createSystem, createVirtualTypeScriptEnvironment } from '@typescript/vfs';
import { policyDeclaration } from '../../../core/policy/declaration.ts';
import type { CompletionWord, LanguageAnswers, LanguageQuestion, TypeProblem } from './messages.ts';

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
  lib: ['es2023'],
  types: [],
  strict: true,
  noUncheckedIndexedAccess: true,
  erasableSyntaxOnly: true,
  verbatimModuleSyntax: false,
  noEmit: true,
  skipLibCheck: true,
};

const declarationFile = '/sluice.d.ts';
/** What a policy may print with. The language has nothing else of a browser or of Node. */
const globals = `declare const console: Record<'debug' | 'log' | 'info' | 'warn' | 'error', (...values: unknown[]) => void>;\n`;
/** More would only be scrolled past. */
const maxWords = 300;

/** The library's own types are those of whatever `typescript` is installed, which need not have an interface. */
interface Environment {
  readonly languageService: ts.LanguageService;
  getSourceFile(path: string): ts.SourceFile | undefined;
  createFile(path: string, text: string): void;
  updateFile(path: string, text: string): void;
}

/** TypeScript over the files of a draft, with the types of the policy language and of the configured names. */
export class PolicyLanguage {
  readonly #environment: Environment;
  readonly #known = new Set<string>();

  /** @param libs texts of TypeScript's own declarations by file name, such as `lib.es5.d.ts`. */
  constructor(libs: Readonly<Record<string, string>>) {
    const files = new Map(Object.entries(libs).map(([name, text]) => [`/${name}`, text]));
    files.set(declarationFile, policyDeclaration());
    files.set('/globals.d.ts', globals);
    this.#environment = createVirtualTypeScriptEnvironment(
      createSystem(files),
      [declarationFile, '/globals.d.ts'],
      ts as never,
      options as never,
    ) as unknown as Environment;
  }

  answer(question: LanguageQuestion): LanguageAnswers[keyof LanguageAnswers] {
    if (question.type === 'sync') {
      this.#environment.updateFile(declarationFile, policyDeclaration({ targets: question.targets }));
      const names = new Set(question.files.map(({ name }) => name));
      for (const name of this.#known) if (!names.has(name)) this.#put(name, ' ');
      for (const { name, text } of question.files) if (isPolicy(name)) this.#put(name, text);
      return null;
    }
    const { file, text } = question;
    if (!isPolicy(file)) return question.type === 'check' ? [] : null;
    this.#put(file, text);
    if (question.type === 'check') return this.#check(`/${file}`);
    return question.type === 'complete'
      ? this.#complete(`/${file}`, text, question.at)
      : this.#hover(`/${file}`, question.at);
  }

  #put(name: string, text: string): void {
    const path = `/${name}`;
    // The compiler takes an empty text for a file that is not there.
    const content = text === '' ? ' ' : text;
    if (this.#known.has(name)) {
      if (this.#environment.getSourceFile(path)?.text !== content)
        this.#environment.updateFile(path, content);
    } else this.#environment.createFile(path, content);
    this.#known.add(name);
  }

  #check(path: string): TypeProblem[] {
    const service = this.#environment.languageService;
    return [...service.getSyntacticDiagnostics(path), ...service.getSemanticDiagnostics(path)].map(
      ({ start = 0, length = 0, category, messageText }) => ({
        from: start,
        to: start + length,
        severity: category === ts.DiagnosticCategory.Error ? 'error' : 'warning',
        message: ts.flattenDiagnosticMessageText(messageText, '\n'),
      }),
    );
  }

  #complete(path: string, text: string, at: number): LanguageAnswers['complete'] {
    const found = this.#environment.languageService.getCompletionsAtPosition(path, at, {
      includeCompletionsForModuleExports: true,
      includeCompletionsWithInsertText: false,
      includeCompletionsForImportStatements: true,
    });
    if (found === undefined || found.entries.length === 0) return null;
    let from = at;
    while (from > 0 && /[\w$]/.test(text[from - 1]!)) from -= 1;
    // Names inside of a text, such as aliases, begin at its quote.
    const span = found.optionalReplacementSpan;
    if (span !== undefined && found.entries.some(({ kind }) => kind === 'string'))
      from = Math.min(span.start + (/['"`]/.test(text[span.start] ?? '') ? 1 : 0), at);
    const words: CompletionWord[] = found.entries
      .toSorted((a, b) => (a.sortText < b.sortText ? -1 : a.sortText > b.sortText ? 1 : 0))
      .slice(0, maxWords)
      .map(({ name, kind, source }) => ({ label: name, kind, detail: source === undefined ? '' : 'sluice' }));
    return { from, words };
  }

  #hover(path: string, at: number): LanguageAnswers['hover'] {
    const info = this.#environment.languageService.getQuickInfoAtPosition(path, at);
    if (info === undefined) return null;
    const { start, length } = info.textSpan;
    const told = ts.displayPartsToString(info.documentation);
    const text = ts.displayPartsToString(info.displayParts) + (told === '' ? '' : `\n\n${told}`);
    return { from: start, to: start + length, text };
  }
}

function isPolicy(name: string): boolean {
  return /\.policy\.(ts|js)$/.test(name);
}
