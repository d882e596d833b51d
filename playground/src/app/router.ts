import { computed, signal } from '@preact/signals';

/** Under which the gateway serves the app. */
export const base = '/playground/';

interface Place {
  readonly path: string;
  readonly search: string;
}

function current(): Place {
  return { path: location.pathname, search: location.search };
}

const place = signal<Place>(current());

addEventListener('popstate', () => {
  place.value = current();
});

/** The part after `/playground/`, without slashes at its ends: `` for the authoring screen, `traffic`, … */
export const route = computed(() => place.value.path.replace(/^\/playground\/?/, '').replace(/\/+$/, ''));

/** The parameters of the address: what a screen shows can be sent to a colleague as a link. */
export const query = computed(() => new URLSearchParams(place.value.search));

export type QueryValues = Readonly<Record<string, string | null | undefined>>;

/** The address of a screen; empty values are left out. */
export function hrefOf(name: string, values: QueryValues = {}): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    if (value !== null && value !== undefined && value !== '') search.set(key, value);
  }
  const text = search.toString();
  return `${base}${name}${text === '' ? '' : `?${text}`}`;
}

/** Goes to an address of this app without loading a page. */
export function navigate(href: string, { replace = false }: { replace?: boolean } = {}): void {
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  place.value = current();
}

/** Changes parameters of the present address; null and '' take one away. */
export function setQuery(values: QueryValues, options: { replace?: boolean } = { replace: true }): void {
  const next: Record<string, string | null | undefined> = { ...Object.fromEntries(query.value), ...values };
  navigate(hrefOf(route.value, next), options);
}

/** Takes clicks on the app's own links; those with a modifier key, a target or a download are the browser's. */
export function takeLinkClicks(root: HTMLElement): void {
  root.addEventListener('click', (event) => {
    if (event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || link.target !== '' || link.hasAttribute('download')) return;
    const url = new URL(link.href, location.href);
    if (url.origin !== location.origin || !url.pathname.startsWith(base)) return;
    event.preventDefault();
    // A place on this page, such as behind "Skip to content".
    if (url.hash !== '') return document.getElementById(url.hash.slice(1))?.focus();
    navigate(url.pathname + url.search);
  });
}
