import { computed, signal } from '@preact/signals';

/** Who the gateway takes this browser for. */
export interface Session {
  readonly signed_in: boolean;
  /** The gateway has no master key: everything works without signing in. */
  readonly open: boolean;
  readonly csrf: string | null;
  readonly expires_at: string | null;
  readonly version: string;
  readonly policy_version: string | null;
  /** The policies folder cannot be written from here. */
  readonly read_only: boolean;
}

/** Null until the gateway has answered. */
export const session = signal<Session | null>(null);

/** The gateway could not be asked who we are. */
export const sessionProblem = signal<string | null>(null);

/** Admin routes will answer. */
export const allowed = computed(
  () => session.value !== null && (session.value.signed_in || session.value.open),
);

/** The sign-in dialog is open. */
export const signInOpen = signal(false);

/** A route said 401: the session is over, wherever it ended. */
export function signedOut(): void {
  const now = session.value;
  if (now === null || !now.signed_in) return;
  session.value = { ...now, signed_in: false, csrf: null, expires_at: null };
}
