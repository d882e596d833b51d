import type { Exchange } from '../../pipeline/exchange.ts';
import type { Program } from '../../program/step.ts';
import type { MaskText } from './masked-json.ts';

/** True where something in the program can mask texts. */
export function canMask({ steps }: Program): boolean {
  return steps.some(({ masks, mode }) => masks !== undefined && mode === 'enforce');
}

/**
 * What masks the texts of a request: all steps that can and that it went through. Null where there is none, or where one was
 * not reached or does not apply: then nothing of it may be kept.
 */
export function masksOf(x: Exchange): MaskText | null {
  const { steps } = x.options.program;
  const masks: MaskText[] = [];
  for (let index = 0; index < steps.length; index += 1) {
    const step = steps[index]!;
    if (step.masks === undefined || step.mode !== 'enforce') continue;
    const applies = step.match === null || x.matched[index] === true;
    const reached = x.recorder.steps.some(({ file, hook, decision }) => {
      return file === step.file && hook === 'onRequest' && decision !== 'error';
    });
    if (applies && reached) masks.push(step.masks(x.context));
  }
  if (masks.length === 0) return null;
  return (text, name) => masks.reduce((masked, mask) => mask(masked, name), text);
}
