import type { ComponentType } from 'preact';

export interface Screen {
  /** The part of the address after `/playground/`. */
  readonly name: string;
  readonly label: string;
  /** The key after `g` that goes there. */
  readonly key: string;
  /** Shown also to who is not signed in. */
  readonly open?: boolean;
  /** Uses the whole window and scrolls by itself. */
  readonly full?: boolean;
  readonly load: () => Promise<{ default: ComponentType }>;
}

export const screens: readonly Screen[] = [
  {
    name: '',
    label: 'Playground',
    key: 'w',
    open: true,
    full: true,
    load: () => import('../playground/screen.tsx'),
  },
  { name: 'overview', label: 'Overview', key: 'o', load: () => import('../console/overview/screen.tsx') },
  {
    name: 'traffic',
    label: 'Traffic',
    key: 't',
    full: true,
    load: () => import('../console/traffic/screen.tsx'),
  },
  { name: 'spend', label: 'Spend', key: 's', load: () => import('../console/spend/screen.tsx') },
  { name: 'keys', label: 'Keys', key: 'k', load: () => import('../console/keys/screen.tsx') },
  { name: 'providers', label: 'Providers', key: 'p', load: () => import('../console/providers/screen.tsx') },
  { name: 'policies', label: 'Policies', key: 'l', load: () => import('../console/policies/screen.tsx') },
];
