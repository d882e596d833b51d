/** Stands for the library in the tests: the vector of a text is its length and the number of its words. */
export const env = { allowRemoteModels: true, allowLocalModels: false, localModelPath: '' };

export async function pipeline(task: string, model: string, options: { readonly dtype: string }) {
  if (env.allowRemoteModels) throw new Error('expected that nothing is downloaded');
  if (task !== 'feature-extraction' || options.dtype !== 'q8') throw new Error(`no ${task} of ${model}`);
  return async (texts: readonly string[], { pooling }: { readonly pooling: string }) => {
    if (texts.includes('die')) process.exit(3);
    if (texts.includes('hang')) await new Promise(() => {});
    if (pooling !== 'mean') throw new Error(`no pooling ${pooling}`);
    return {
      dims: [texts.length, 2],
      data: Float32Array.from(texts.flatMap((text) => [text.length, text.split(' ').length])),
    };
  };
}
