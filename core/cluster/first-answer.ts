/** The first of several answers that is one; undefined where none is. None of them may fail. */
export function firstAnswer(answers: readonly Promise<unknown>[]): Promise<unknown> {
  return new Promise((resolve) => {
    let left = answers.length;
    if (left === 0) resolve(undefined);
    for (const answer of answers) {
      void answer.then((value) => {
        left -= 1;
        if (value !== undefined || left === 0) resolve(value);
      });
    }
  });
}
