import { computed, effect, signal } from '@preact/signals';
import { remembered } from './remembered.ts';

export type ThemeChoice = 'system' | 'light' | 'dark';

const dark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(dark.matches);
dark.addEventListener('change', (event) => {
  systemDark.value = event.matches;
});

/** What the person chose, kept in this browser. */
export const themeChoice = remembered<ThemeChoice>('sluice.theme', 'system', (value) =>
  value === 'light' || value === 'dark' || value === 'system' ? value : null,
);

/** What is shown: for what is painted by script, such as charts. */
export const theme = computed<'light' | 'dark'>(() =>
  themeChoice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : themeChoice.value,
);

effect(() => {
  document.documentElement.dataset['theme'] = theme.value;
});
