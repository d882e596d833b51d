import { effect, type Signal, signal } from '@preact/signals';

/**
 * A signal that this browser remembers. Storage may be forbidden or full; then the value lives as long as the page.
 *
 * @param read what of a stored value is usable; null for what is not.
 */
export function remembered<T>(name: string, initial: T, read: (value: unknown) => T | null): Signal<T> {
  const value = signal(stored(name, read) ?? initial);
  let first = true;
  effect(() => {
    const text = JSON.stringify(value.value);
    if (first) {
      first = false;
      return;
    }
    try {
      localStorage.setItem(name, text);
    } catch {
      // Nothing to do: it is a convenience.
    }
  });
  return value;
}

function stored<T>(name: string, read: (value: unknown) => T | null): T | null {
  try {
    const text = localStorage.getItem(name);
    return text === null ? null : read(JSON.parse(text) as unknown);
  } catch {
    return null;
  }
}
