import { bootstrap } from './bootstrap.ts';
import { makeCleaner } from './cleaner.ts';
import { harden } from './harden.ts';
import { captureIntrinsics } from './intrinsics.ts';

/** File name of our own code in guest stack traces; frames of it are not the author's. */
export const GUEST_FILE = '<sluice>';

/**
 * The program that prepares a fresh context: a function of (log, miss, largePaths as JSON) that returns the
 * guest's entry points. The guest files are ordinary checked TypeScript; their text at run time, types already
 * gone, is what the guest evaluates, so the same works from `dist/` and from a browser bundle.
 */
export function guestSource(): string {
  return `(function (log, miss, paths) {
    'use strict';
    const i = (${captureIntrinsics.toString()})();
    const setMoment = (${harden.toString()})(i);
    const clean = (${makeCleaner.toString()})(i);
    return (${bootstrap.toString()})(i, setMoment, clean, { log, miss }, i.parse(paths));
  })`;
}
