/** What the page asks of the language worker. Offsets are in UTF-16 units, as the editor counts. */
export type LanguageQuestion =
  | {
      readonly type: 'sync';
      readonly files: readonly { readonly name: string; readonly text: string }[];
      /** What `use()` and its like may name. */
      readonly targets: readonly string[];
    }
  | { readonly type: 'check'; readonly file: string; readonly text: string }
  | { readonly type: 'complete'; readonly file: string; readonly text: string; readonly at: number }
  | { readonly type: 'hover'; readonly file: string; readonly text: string; readonly at: number };

export interface TypeProblem {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface CompletionWord {
  readonly label: string;
  /** TypeScript's kind, such as `function`. */
  readonly kind: string;
  readonly detail: string;
}

export interface LanguageAnswers {
  readonly sync: null;
  readonly check: readonly TypeProblem[];
  /** Null where there is nothing to complete. */
  readonly complete: { readonly from: number; readonly words: readonly CompletionWord[] } | null;
  readonly hover: { readonly from: number; readonly to: number; readonly text: string } | null;
}

export interface ToLanguage {
  readonly id: number;
  readonly question: LanguageQuestion;
}

export interface FromLanguage {
  readonly id: number;
  readonly answer: LanguageAnswers[keyof LanguageAnswers];
}
