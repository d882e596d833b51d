import { InvoiceError } from './csv.ts';
import type { Invoice, InvoiceLine } from './invoice.ts';
import type { LedgerLine } from './ledger-line.ts';

/** What to compare with what. */
export interface ScopeOptions {
  /** Providers of the gateway that this invoice is for; found by itself where there are none. */
  readonly providers: readonly string[];
  /** Keys of the export: the only ones that count, each with the virtual key that it stands for, or with none. */
  readonly keys: ReadonlyMap<string, string | null>;
}

/** The lines of both sides that can be compared, under the same names of keys. */
export interface Scope {
  readonly providers: readonly string[];
  /** False: both sides are compared over all their keys. */
  readonly byKey: boolean;
  readonly invoice: readonly (InvoiceLine & { readonly key: string })[];
  readonly ledger: readonly LedgerLine[];
}

/** What people call the providers of a vendor, besides the vendor's own name. */
const usualNames: Readonly<Record<string, readonly string[]>> = {
  openai: ['openai'],
  anthropic: ['anthropic', 'claude'],
};

/**
 * Finds what the invoice is about: an organization has usage that never passed the gateway, and a gateway has providers
 * that other invoices are for.
 *
 * @throws InvoiceError where a named key or provider is not there.
 */
export function scopeOf(invoice: Invoice, lines: readonly LedgerLine[], options: ScopeOptions): Scope {
  const providers = providersOf(invoice, lines, options.providers);
  const ledger = lines.filter(({ provider }) => providers.includes(provider));
  const { keys } = options;
  if (keys.size === 0) return keysAsTheyAre(invoice, ledger, providers);
  for (const name of keys.keys()) {
    if (invoice.lines.some((line) => line.keys.includes(name))) continue;
    const known = [...new Set(invoice.lines.flatMap((line) => line.keys))].slice(0, 10);
    throw new InvoiceError(
      `--key ${name}: expected a key of the export; it has ${known.join(', ') || 'no keys'}`,
    );
  }
  const virtual = new Set([...keys.values()].filter((key) => key !== null));
  const byKey = virtual.size > 0 && [...keys.values()].every((key) => key !== null);
  const mine = invoice.lines.flatMap((line) => {
    const name = line.keys.find((key) => keys.has(key));
    return name === undefined ? [] : [{ ...line, key: byKey ? (keys.get(name) ?? '') : '' }];
  });
  return {
    providers,
    byKey,
    invoice: mine,
    ledger: byKey ? ledger.filter(({ key }) => virtual.has(key)) : ledger.map(keyless),
  };
}

/** A provider's keys are the gateway's own; they are compared one by one only where both sides name them alike. */
function keysAsTheyAre(invoice: Invoice, ledger: readonly LedgerLine[], providers: readonly string[]): Scope {
  const virtual = new Set(ledger.map(({ key }) => key));
  const named = invoice.lines.map((line) => line.keys.find((key) => virtual.has(key)));
  const byKey = named.length > 0 && named.every((key) => key !== undefined);
  return {
    providers,
    byKey,
    invoice: invoice.lines.map((line, index) => ({ ...line, key: byKey ? named[index]! : '' })),
    ledger: byKey ? ledger : ledger.map(keyless),
  };
}

function keyless(line: LedgerLine): LedgerLine {
  return { ...line, key: '' };
}

function providersOf(
  invoice: Invoice,
  lines: readonly LedgerLine[],
  wanted: readonly string[],
): readonly string[] {
  const known = [...new Set(lines.map(({ provider }) => provider))].sort();
  for (const name of wanted) {
    if (known.includes(name)) continue;
    throw new InvoiceError(
      `--provider ${name}: expected a provider with rows in this window; there are ${known.join(', ') || 'none'}`,
    );
  }
  if (wanted.length > 0) return wanted;
  const usual = known.filter((name) => usualNames[invoice.format.vendor]?.includes(name));
  if (usual.length > 0) return usual;
  const models = new Set(invoice.lines.map(({ model }) => model));
  return [...new Set(lines.filter(({ model }) => models.has(model)).map(({ provider }) => provider))].sort();
}
