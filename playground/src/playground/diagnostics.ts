import type { Diagnostic } from '@codemirror/lint';
import { signal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { Problem } from '../../../core/problem.ts';
import { language } from '../language/client.ts';
import type { TypeProblem } from '../language/messages.ts';
import { targetNames } from './names.ts';
import { active, files, loaded } from './state.ts';

/** Types are checked when typing rests: it costs more than a decision. */
const checkDebounceMs = 250;
/** Nobody has written yet: the megabyte of TypeScript waits until the page is quiet. */
const startDelayMs = 1500;

const typeProblems = signal<{
  readonly file: string;
  readonly text: string;
  readonly found: readonly TypeProblem[];
} | null>(null);

/** Keeps types up to date with what is written. */
export function useTypes(): void {
  const file = active.value;
  const all = files.value;
  const targets = targetNames.value;
  useEffect(() => {
    let wanted = true;
    const timer = setTimeout(
      async () => {
        await language.ask<'sync'>({ type: 'sync', files: all, targets });
        const text = all.find(({ name }) => name === file)?.text;
        if (text === undefined || !wanted) return;
        const found = await language.ask<'check'>({ type: 'check', file, text });
        if (wanted) typeProblems.value = { file, text, found: found ?? [] };
      },
      language.started ? checkDebounceMs : startDelayMs,
    );
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [file, all, targets]);
}

/** What is wrong with the file in the editor: by the types, and by the engine. */
export function useDiagnostics(): readonly Diagnostic[] {
  const file = active.value;
  const text = files.value.find(({ name }) => name === file)?.text ?? '';
  const problems = loaded.value?.problems;
  const types = typeProblems.value;
  return useMemo(() => {
    const own = (problems ?? []).filter((problem) => problem.file === file).map((one) => placed(one, text));
    const typed: Diagnostic[] =
      types?.file === file && types.text === text
        ? types.found.map(({ from, to, severity, message }) => ({
            from,
            to,
            severity,
            message,
            source: 'types',
          }))
        : [];
    return [...own, ...typed];
  }, [file, text, problems, types]);
}

/** A problem with a line, as the range of the word there. */
function placed({ line, column, severity, message }: Problem, text: string): Diagnostic {
  const lines = text.split('\n');
  const index = Math.min(Math.max(line, 1), lines.length) - 1;
  let start = 0;
  for (let i = 0; i < index; i++) start += lines[i]!.length + 1;
  const own = lines[index]!;
  const at = Math.min(Math.max(column, 1) - 1, own.length);
  const word = /^[\w$.-]+/.exec(own.slice(at))?.[0].length ?? 1;
  const from = start + at;
  return { from, to: Math.min(from + word, start + own.length), severity, message, source: 'sluice' };
}
