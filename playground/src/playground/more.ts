import { signal } from '@preact/signals';

/** What is seen only after a click; `'failed'` where a deployment has replaced its file meanwhile, null until it came. */
export const more = signal<typeof import('./more-parts.tsx') | 'failed' | null>(null);

/** Fetches it, once. */
export function fetchMore(): void {
  if (more.peek() !== null && more.peek() !== 'failed') return;
  import('./more-parts.tsx').then(
    (parts) => {
      more.value = parts;
    },
    () => {
      more.value = 'failed';
    },
  );
}
