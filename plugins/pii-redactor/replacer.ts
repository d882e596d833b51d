import type { Pseudonyms } from './pseudonyms.ts';
import type { Settings } from './settings.ts';

/** How many of each kind were found. */
export class Tally {
  readonly counts = new Map<string, number>();

  add(name: string): void {
    this.counts.set(name, (this.counts.get(name) ?? 0) + 1);
  }

  get size(): number {
    return this.counts.size;
  }

  /** Such as `card (2), email (1)`. */
  toString(): string {
    return [...this.counts]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, count]) => `${name} (${count})`)
      .join(', ');
  }
}

/** Decides what stands in the place of a find. One for each request. */
export class Replacer {
  readonly settings: Settings;
  readonly names: Pseudonyms;
  readonly tally: Tally;
  /** Kinds that block, as found. */
  readonly blocked = new Tally();
  /** How many names were put back. */
  restored = 0;

  constructor(settings: Settings, names: Pseudonyms, tally = new Tally()) {
    this.settings = settings;
    this.names = names;
    this.tally = tally;
  }

  /** True where nothing may come after a find of this kind. */
  stops(name: string): boolean {
    return this.settings.actions.get(name) === 'block';
  }

  /** What stands in a find's place; null where it stays. */
  replace(name: string, value: string): string | null {
    if (name === 'pseudonym') {
      const restored = this.names.valueOf(value.slice(1, -1));
      if (restored !== undefined) this.restored += 1;
      return restored ?? null;
    }
    const action = this.settings.actions.get(name);
    if (action === undefined || this.settings.allows(value)) return null;
    this.tally.add(name);
    switch (action) {
      case 'mask':
        return `[${name}]`;
      case 'pseudonymise':
        return `<${this.names.of(name, value, false)}>`;
      case 'restore':
        return `<${this.names.of(name, value, true)}>`;
      case 'block':
        this.blocked.add(name);
        return `[${name}]`;
      default:
        return null;
    }
  }
}
