import type { Bags } from './bags.ts';
import type { ContentWord } from './facts.ts';
import { stem } from './stem.ts';
import { weekdays } from './tables/calendar.ts';
import { functionWords } from './tables/function-words.ts';
import { greetings } from './tables/greetings.ts';
import { momentLeads, moments, partsOfTime } from './tables/moments.ts';
import { negationsOf } from './tables/negations.ts';
import { framePhrasals, movableParticles, particleVerbs } from './tables/phrasal.ts';
import { quantifiers } from './tables/quantifiers.ts';
import { directionMarkers, isJoint, strongRelations } from './tables/relations.ts';
import { timeUnits } from './tables/units.ts';
import type { Item } from './values.ts';

const beForms = new Set(['is', 'are', 'was', 'were', 'be', 'been', 'being', 'am', 'get', 'got', 'gets']);
/** Participles that are their base form. */
const sameParticiple = new Set('hurt cut put set hit let read shut cost spread split cast'.split(' '));
/** How far behind its verb a particle is looked for: "turn the living room lights off". */
const particleReach = 4;

/** Reads the subject of a text: what words stand for, what they deny, how they are ordered. */
export class SubjectReader {
  readonly content: ContentWord[] = [];
  readonly frame: string[] = [];
  readonly negations: string[] = [];
  readonly relations = new Set<string>();
  readonly directions: string[] = [];
  readonly joints = new Set<string>();
  readonly #items: readonly Item[];
  readonly #language: string;
  readonly #bags: Bags;
  readonly #functions: ReadonlySet<string>;
  readonly #denials: ReadonlySet<string>;
  readonly #capitalsMean: boolean;
  readonly #titleCase: boolean;
  readonly #taken = new Set<number>();
  readonly #jointsAt: number[] = [];
  #marker = '';
  #denied = 0;
  #passiveAt = -1;
  #sawBe = false;

  constructor(items: readonly Item[], language: string, bags: Bags) {
    this.#items = items;
    this.#language = language;
    this.#bags = bags;
    this.#functions = functionWords(language);
    this.#denials = negationsOf(language);
    this.#titleCase = this.#isTitleCase();
    this.#capitalsMean = items.some((item) => item.kind === 'word' && item.text !== item.text.toUpperCase());
  }

  read(): this {
    for (let at = 0; at < this.#items.length; at++) {
      if (!this.#taken.has(at)) this.#item(this.#items[at]!, at);
    }
    for (; this.#denied > 0; this.#denied--) this.negations.push('');
    this.#sortJoined();
    this.#turnPassive();
    return this;
  }

  /** "How To Reset My Password": small words with a capital letter outnumber those without. */
  #isTitleCase(): boolean {
    let balance = 0;
    for (const { text, lower, starts } of this.#items) {
      if (!starts && text !== 'I' && this.#functions.has(lower)) balance += text === lower ? -1 : 1;
    }
    return balance > 1;
  }

  #item(item: Item, at: number): void {
    const { lower } = item;
    if (item.kind === 'value') return this.#add({ text: lower, stem: lower, kind: 'value' });
    if (item.kind === 'symbol') return this.#bags.add('symbol', item.text);
    if (item.kind === 'code')
      return this.#add({ text: codeText(item.text), stem: codeText(item.text), kind: 'code' });
    if (this.#moment(lower, at)) return;
    if (this.#denials.has(lower)) {
      this.#denied++;
      this.frame.push(lower);
      if (lower === 'without') this.#marker = lower;
      return;
    }
    const quantity = quantifiers.get(lower);
    if (quantity !== undefined) {
      this.#bags.add('quantifier', quantity);
      this.frame.push(quantity);
      if (lower.includes('-')) this.#marker = quantity;
      return;
    }
    if (greetings.has(lower) && this.#isGreeting(item, at)) return;
    if (this.#particleVerb(item, at)) return;
    this.#plainWord(item);
  }

  /** Where a sentence begins, behind another greeting, or as the last words of the text. */
  #isGreeting(item: Item, at: number): boolean {
    const before = this.#items[at - 1];
    return (
      !item.quoted &&
      (item.starts ||
        at === this.#items.length - 1 ||
        (before !== undefined && greetings.has(before.lower) && at < 3))
    );
  }

  #plainWord(item: Item): void {
    const { lower } = item;
    if (beForms.has(lower)) this.#sawBe = true;
    const isName = this.#capitalsMean && !item.starts && /^\p{Lu}/u.test(item.text);
    if (isJoint(lower, this.#language)) {
      this.joints.add(lower);
      this.#jointsAt.push(this.content.length);
    }
    if (lower === 'by' && this.#sawBe && this.content.length > 1) this.#passiveAt = this.content.length;
    if (directionMarkers.has(lower)) this.#marker = lower;
    if (strongRelations.has(lower)) this.relations.add(lower);
    const spoken = this.#functions.has(lower) || strongRelations.has(lower) || isJoint(lower, this.#language);
    // "US" and "Go" are no pronoun and no verb, unless every word has a capital letter.
    if (spoken && !(isName && !this.#titleCase && item.text !== 'I')) this.frame.push(lower);
    else this.#add({ text: lower, stem: stem(lower), kind: isName ? 'name' : 'word' });
  }

  #add(word: ContentWord): void {
    this.content.push(word);
    for (; this.#denied > 0; this.#denied--) this.negations.push(word.stem);
    if (this.#marker !== '') this.directions.push(`${this.#marker}:${word.stem}`);
    this.#marker = '';
  }

  /** "today", "last week", "past 7 days". */
  #moment(lower: string, at: number): boolean {
    const lead = momentLeads.get(lower);
    if (lead !== undefined) {
      for (let next = at + 1; next <= at + 2 && next < this.#items.length; next++) {
        const item = this.#items[next]!;
        const name = item.lower.startsWith('weekday ') ? item.lower : timeUnits.get(item.lower);
        const time =
          name ?? (partsOfTime.has(item.lower) || weekdays.has(item.lower) ? item.lower : undefined);
        if (time !== undefined) {
          this.#bags.add('moment', `${lead}-${time}`);
          if (item.kind === 'word') this.#taken.add(next);
          this.frame.push(lead);
          return true;
        }
        if (item.kind !== 'value') break;
      }
      return false;
    }
    const moment = moments.get(lower);
    if (moment === undefined) return false;
    this.#bags.add('moment', moment);
    this.frame.push(moment);
    return true;
  }

  /** "log in", "turn the light off": verb and particle as one word. */
  #particleVerb(item: Item, at: number): boolean {
    const joined = /^[a-z]+_[a-z]+$/.test(item.lower);
    const verb = stem(item.lower);
    const particles = particleVerbs.get(verb);
    if (joined) this.#add({ text: item.lower, stem: item.lower, kind: 'word' });
    if (joined || particles === undefined) return joined;
    for (let next = at + 1; next <= at + particleReach && next < this.#items.length; next++) {
      const { lower, kind, starts } = this.#items[next]!;
      if (starts) break;
      if (kind !== 'word' || !particles.has(lower)) continue;
      if (next > at + 1 && !movableParticles.has(lower) && !this.#endsSentence(next)) continue;
      this.#taken.add(next);
      const name = `${verb}_${lower}`;
      if (framePhrasals.has(name)) this.frame.push(name);
      else this.#add({ text: name, stem: name, kind: 'word' });
      return true;
    }
    return false;
  }

  #endsSentence(at: number): boolean {
    return this.#items[at + 1]?.starts ?? true;
  }

  /** "A and B" is "B and A". */
  #sortJoined(): void {
    for (const at of this.#jointsAt) {
      const one = this.content[at - 1];
      const other = this.content[at];
      if (one === undefined || other === undefined || one.stem <= other.stem) continue;
      this.content[at - 1] = other;
      this.content[at] = one;
    }
  }

  /** "Was the bulb invented by Edison" asks what "Did Edison invent the bulb" asks. */
  #turnPassive(): void {
    const at = this.#passiveAt;
    const verb = this.content[at - 1];
    if (verb === undefined || verb.kind !== 'word') return;
    if (verb.stem === verb.text && !sameParticiple.has(verb.text)) return;
    // "…was invented by whom" has no agent: the verb comes first.
    if (at === this.content.length && !this.frame.includes('whom') && !this.frame.includes('who')) return;
    const agent = this.content.splice(at);
    this.content.pop();
    this.content.unshift(...agent, verb);
    const by = this.directions.findIndex((direction) => direction.startsWith('by:'));
    if (by >= 0) this.directions.splice(by, 1);
  }
}

/** Case means something in flags ("-r", "-R") and patterns ("\\d", "\\D"), not in names of things; a call is the function's name. */
function codeText(text: string): string {
  const name = text.endsWith('()') ? text.slice(0, -2) : text;
  return /^-|[\\%]/.test(name) ? name : name.toLowerCase();
}
