import type { Completion, CompletionQuestion, Completions } from '../completions.ts';

/** What the model says: its text, more of the answer, an error to throw, or a promise of one of these. */
export type ScriptedCompletion =
  | string
  | (Partial<Completion> & { readonly text: string })
  | Error
  | Promise<string | Error>;

/** A service `completions` that answers what the test says, and keeps what it was asked. */
export interface FakeCompletions extends Completions {
  readonly asked: readonly CompletionQuestion[];
}

const noUsage = {
  inputTokens: 0,
  cacheReadTokens: 0,
  cacheWrite5mTokens: 0,
  cacheWrite1hTokens: 0,
  outputTokens: 0,
  reasoningTokens: 0,
  estimated: false,
};

/**
 * Makes one. A signal that aborts rejects at once with its reason, as the real one does.
 *
 * @param answer to each question.
 */
export function fakeCompletions(
  answer: (question: CompletionQuestion) => ScriptedCompletion,
): FakeCompletions {
  const asked: CompletionQuestion[] = [];
  return {
    asked,
    async complete(question) {
      asked.push(question);
      const { signal } = question;
      signal.throwIfAborted();
      const aborted = Promise.withResolvers<never>();
      const abort = () => aborted.reject(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      try {
        const given = await Promise.race([answer(question), aborted.promise]);
        if (given instanceof Error) throw given;
        const more = typeof given === 'string' ? { text: given } : given;
        return { usage: noUsage, costNanoUsd: 0, target: question.model, ...more };
      } finally {
        signal.removeEventListener('abort', abort);
      }
    },
  };
}
