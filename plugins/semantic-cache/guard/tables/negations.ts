/** Words that deny, by language. "Nor" belongs to the "neither" before it; the "no" of Portuguese is "in the". */
const byLanguage: Readonly<Record<string, ReadonlySet<string>>> = {
  en: words('not no never without none neither cannot nobody nothing nowhere hardly'),
  de: words('nicht kein keine keinen keinem keiner ohne nie niemals'),
  fr: words('pas jamais sans aucun aucune'),
  es: words('no nunca sin ningún ninguna jamás'),
  pt: words('não nunca sem nenhum nenhuma'),
  it: words('non mai senza nessun nessuna'),
  nl: words('niet geen nooit zonder'),
  zh: words('不 没 没有 不能 无法 别 不是'),
  ja: words('ない ません ず なく なかっ ん'),
};

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(' '));
}

/** The denying words of a language; of English where the language is not in the table. */
export function negationsOf(language: string): ReadonlySet<string> {
  return byLanguage[language.replace('?', '')] ?? byLanguage['en']!;
}

/** Words with a denial inside, as the word that is denied. */
export const negatedForms: ReadonlyMap<string, string> = new Map([
  ['unable', 'able'],
  ['impossible', 'possible'],
]);
