import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** One step from text to text. */
export type TextStep = (text: string) => string;

const marks = /\p{Mn}/gu;
const controls = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu;
const han = /\p{Script=Han}/gu;

/** The `normalizer` of a tokenizer.json. @throws Error for a kind that is not known */
export function readNormalizer(json: Json | undefined): TextStep {
  if (json === null || json === undefined) return (text) => text;
  if (!isJsonObject(json)) throw new Error('normalizer: expected an object');
  switch (json['type']) {
    case 'Lowercase':
      return (text) => text.toLowerCase();
    case 'NFC':
    case 'NFD':
    case 'NFKC':
    case 'NFKD': {
      const form = json['type'];
      return (text) => text.normalize(form);
    }
    case 'StripAccents':
      return stripAccents;
    case 'Strip':
      return (text) => text.trim();
    case 'BertNormalizer':
      return bertNormalizer(json);
    case 'Sequence': {
      const list = json['normalizers'];
      if (!Array.isArray(list)) throw new Error('normalizer: expected a list of normalizers');
      const steps = list.map((step) => readNormalizer(step as Json));
      return (text) => steps.reduce((result, step) => step(result), text);
    }
    default:
      throw new Error(
        `normalizer: expected Lowercase, NFC, NFD, NFKC, NFKD, StripAccents, Strip, BertNormalizer or Sequence; came ${String(json['type'])}`,
      );
  }
}

function stripAccents(text: string): string {
  return text.normalize('NFD').replace(marks, '');
}

/** As BERT's own: `strip_accents` follows `lowercase` where it is null. */
function bertNormalizer(json: JsonObject): TextStep {
  const lowercase = json['lowercase'] !== false;
  const strip = json['strip_accents'] === true || (json['strip_accents'] == null && lowercase);
  return (text) => {
    let result = text;
    if (json['clean_text'] !== false) {
      result = result.replace(/\s/g, ' ').replace(controls, '').replaceAll('\ufffd', '');
    }
    if (json['handle_chinese_chars'] !== false) result = result.replace(han, ' $& ');
    if (strip) result = stripAccents(result);
    return lowercase ? result.toLowerCase() : result;
  };
}
