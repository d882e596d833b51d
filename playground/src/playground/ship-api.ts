import { ApiError, messageOf, requestJson } from '../api/client.ts';
import type { Problem, ProgramRow } from '../api/types.ts';
import type { DraftFile } from '../engine/messages.ts';

/** `POST /playground/api/policies/check` */
export interface CheckAnswer {
  readonly ok: boolean;
  readonly version: string;
  readonly problems: readonly Problem[];
  readonly table: readonly ProgramRow[];
  readonly tests: {
    readonly passed: number;
    readonly failed: number;
    readonly results: readonly {
      readonly file: string;
      readonly name: string;
      readonly ok: boolean;
      readonly diff: unknown;
    }[];
  } | null;
  readonly changes: readonly { readonly file: string; readonly kind: 'added' | 'changed' | 'removed' }[];
}

/** `POST /playground/api/policies/impact` */
export interface ImpactAnswer {
  readonly compared: number;
  readonly unknown: number;
  readonly changed: number;
  readonly groups: readonly {
    readonly what: string;
    readonly count: number;
    readonly examples: readonly string[];
  }[];
}

const base = '/playground/api/policies';

export function checkDraft(files: readonly DraftFile[]): Promise<CheckAnswer> {
  return requestJson<CheckAnswer>(`${base}/check`, { method: 'POST', body: { files } });
}

export function impactOf(files: readonly DraftFile[], last = 1000): Promise<ImpactAnswer> {
  return requestJson<ImpactAnswer>(`${base}/impact`, { method: 'POST', body: { files, last } });
}

export function activate(files: readonly DraftFile[], baseVersion: string): Promise<{ version: string }> {
  return requestJson(`${base}/activate`, { method: 'POST', body: { files, base_version: baseVersion } });
}

export function rollback(version: string): Promise<{ version: string }> {
  return requestJson(`${base}/rollback`, { method: 'POST', body: { version } });
}

/** The folder is not the one that the draft was made from. */
export function isConflict(error: unknown): error is ApiError {
  return error instanceof ApiError && error.code === 'version_conflict';
}

/** Why something was not done, and what to do about it. */
export function whyNot(error: unknown): string {
  if (isConflict(error) && error.param === 'base_version')
    return 'Another version went into use meanwhile. Nothing was changed. Bring your changes into it, look at the comparison, and check again.';
  if (error instanceof ApiError && error.code === 'read_only')
    return 'The folder of this gateway cannot be written. Export the files and deploy them.';
  return messageOf(error);
}
