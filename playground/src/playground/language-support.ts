import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete';
import type { Extension } from '@codemirror/state';
import { hoverTooltip } from '@codemirror/view';
import { language } from '../language/client.ts';
import { tenants } from './names.ts';

/** TypeScript's kinds as the editor's. */
const kinds: Readonly<Record<string, string>> = {
  function: 'function',
  method: 'method',
  const: 'variable',
  let: 'variable',
  var: 'variable',
  parameter: 'variable',
  property: 'property',
  keyword: 'keyword',
  interface: 'interface',
  type: 'type',
  alias: 'function',
  string: 'text',
};

/** Names that only the gateway knows, inside of `tenant('…`. */
function tenantNames(context: CompletionContext): CompletionResult | null {
  const before = context.matchBefore(/\btenant\((?:\s*'[^']*'\s*,)*\s*'[\w.:@/*-]*/);
  if (before === null || tenants.value.length === 0) return null;
  const quote = before.text.lastIndexOf("'");
  return {
    from: before.from + quote + 1,
    options: tenants.value.map((label) => ({ label, type: 'text', detail: 'tenant' })),
    validFor: /^[\w.:@/*-]*$/,
  };
}

/** Completions by TypeScript, and by what the gateway knows. */
export function completions(file: string) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    const own = tenantNames(context);
    if (own !== null) return own;
    if (!context.explicit && context.matchBefore(/[\w$]+|\.|['"`]/) === null) return null;
    const text = context.state.doc.toString();
    const found = await language.ask<'complete'>({ type: 'complete', file, text, at: context.pos });
    if (found === null || context.aborted) return null;
    return {
      from: found.from,
      options: found.words.map(({ label, kind, detail }, index) => ({
        label,
        type: kinds[kind] ?? 'text',
        ...(detail === '' ? undefined : { detail }),
        // In the order that TypeScript thinks best.
        boost: -Math.min(index, 90) / 10,
      })),
      validFor: /^[\w$./-]*$/,
    };
  };
}

/** The type of what the pointer is on. */
export function typeHover(file: string): Extension {
  return hoverTooltip(async (view, at) => {
    if (!language.started) return null;
    const text = view.state.doc.toString();
    const found = await language.ask<'hover'>({ type: 'hover', file, text, at });
    if (found === null || found.to > view.state.doc.length) return null;
    return {
      pos: found.from,
      end: found.to,
      above: true,
      create() {
        const dom = document.createElement('div');
        dom.className = 'cm-hoverText';
        dom.textContent = found.text;
        return { dom };
      },
    };
  });
}
