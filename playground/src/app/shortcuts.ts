import { signal } from '@preact/signals';
import { remembered } from './remembered.ts';
import { hrefOf, navigate } from './router.ts';
import { screens } from './screens.ts';

/** The dialog that lists the keys is open. */
export const helpOpen = signal(false);

/** Single keys can be turned off: speech input types letters (WCAG 2.1.4). */
export const shortcutsOn = remembered('sluice.shortcuts', true, (value) =>
  typeof value === 'boolean' ? value : null,
);

/** `g` waits this long for the letter after it. */
const waitMs = 1200;

/**
 * Listens for `g` and a screen's letter, `/` for the first search field, `?` for the list.
 *
 * @returns stops listening.
 */
export function takeShortcuts(): () => void {
  let goUntil = 0;
  const onKey = (event: KeyboardEvent) => {
    if (!shortcutsOn.value || event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey)
      return;
    if (isTyping(event.target) || document.querySelector('[role="dialog"], [role="menu"]') !== null) return;
    if (event.timeStamp < goUntil) {
      goUntil = 0;
      const screen = screens.find(({ key }) => key === event.key);
      if (screen === undefined) return;
      event.preventDefault();
      navigate(hrefOf(screen.name));
      return;
    }
    if (event.key === 'g') goUntil = event.timeStamp + waitMs;
    else if (event.key === '?') helpOpen.value = true;
    else if (event.key === '/') {
      const search = document.querySelector<HTMLInputElement>('input[type="search"]');
      if (search === null) return;
      event.preventDefault();
      search.focus();
      search.select();
    }
  };
  addEventListener('keydown', onKey);
  return () => removeEventListener('keydown', onKey);
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input, textarea, select, [role="textbox"]'))
  );
}
