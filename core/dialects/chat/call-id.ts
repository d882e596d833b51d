/** An id for a call that came without one: the same for every delta of it, at most 40 characters as OpenAI takes. */
export function callIdOf(answerId: string, choice: number, index: number): string {
  return `call_${answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24)}_${choice}_${index}`;
}
