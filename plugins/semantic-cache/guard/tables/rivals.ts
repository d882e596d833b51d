import { stem } from '../stem.ts';

/** Sets of which a prompt means one: one side has a member, the other another. In base form. */
const rows = `json csv yaml xml html markdown table list paragraph sentence bullet pdf xlsx excel word docx text essay poem haiku limerick letter email tweet
python java javascript typescript rust ruby php perl kotlin swift scala haskell golang bash powershell sql
windows linux macos ubuntu debian android ios
red blue green yellow orange purple pink brown black white grey silver gold
small medium large
spring summer autumn winter
child adult teenager senior toddler baby infant
student teacher parent guest employee customer visitor manager developer
breakfast lunch dinner supper
north south east west
car truck motorcycle bus train plane bicycle ferry
dog cat rabbit hamster parrot horse bird fish
annual monthly weekly daily quarterly hourly
breadth length depth height width weight area volume speed age price
king queen prince princess
second minute hour day week month year
unit integration regression
chapter section page paragraph line`;

const table = new Map<string, number[]>();
rows.split('\n').forEach((row, set) => {
  for (const word of row.split(' ')) {
    for (const form of new Set([word, stem(word)])) {
      const known = table.get(form);
      if (known === undefined) table.set(form, [set]);
      else known.push(set);
    }
  }
});

/** Whether two base forms exclude each other. */
export function areRivals(one: string, other: string): boolean {
  if (one === other) return false;
  const of = table.get(one);
  if (of === undefined) return false;
  const others = table.get(other);
  return others !== undefined && of.some((set) => others.includes(set));
}
