import { Pseudonyms } from './pseudonyms.ts';
import { redactText } from './redactor.ts';
import { Replacer } from './replacer.ts';
import type { Settings } from './settings.ts';

/** Masks every find, whatever the options do with it on its way: what is only counted, restored or blocked as well. */
class KeptTextReplacer extends Replacer {
  override stops(): boolean {
    return false;
  }

  override replace(name: string, value: string): string | null {
    if (!this.settings.actions.has(name) || this.settings.allows(value)) return null;
    return `[${name}]`;
  }
}

/** Masks texts that are kept of a request: see `masks` of plugins. */
export function maskKeptTexts(settings: Settings): (text: string, name: string) => string {
  const replacer = new KeptTextReplacer(settings, new Pseudonyms());
  return (text, name) => {
    // The member's name may say what its value is: "password".
    if (!/^[A-Za-z][\w-]{1,40}$/.test(name)) return redactText(text, settings.finder, replacer);
    const lead = `${name}: `;
    return redactText(`${lead}${text}`, settings.finder, replacer, lead.length - 2).slice(2);
  };
}
