import t from 'tap';
import { compareFacts } from '../../../../plugins/semantic-cache/guard/compare.ts';
import { extractFacts } from '../../../../plugins/semantic-cache/guard/extract.ts';
import type { GuardLevel } from '../../../../plugins/semantic-cache/guard/rule.ts';
import { refusedBy } from './served.ts';

/** Rule, level from which it refuses, and two prompts. */
const refused: readonly (readonly [string, GuardLevel, string, string])[] = [
  ['language', 'rules', 'Where is the station?', 'Wo ist der Bahnhof?'],
  ['language', 'rules', 'Where is the station?', '駅はどこですか?'],
  ['quote', 'rules', 'Spell "there".', 'Spell "their".'],
  ['quote', 'rules', 'What does `ls -l` print?', 'What does `ls -a` print?'],
  ['number', 'rules', 'the 2023 annual report', 'the 2024 annual report'],
  ['number', 'rules', 'Give me three ideas.', 'Give me ten ideas.'],
  ['number', 'rules', 'What is new in Python 3.1?', 'What is new in Python 3.10?'],
  ['number', 'rules', 'Show me ideas.', 'Show me 3 ideas.'],
  ['date', 'rules', 'What happens on 5 May?', 'What happens on 6 May?'],
  ['weekday', 'rules', 'Is it open on Monday?', 'Is it open on Tuesday?'],
  ['clock', 'rules', 'Wake me at 7 am.', 'Wake me at 7 pm.'],
  ['ordinal', 'rules', 'Read the 2nd chapter.', 'Read the third chapter.'],
  ['currency', 'rules', 'Is $300 much?', 'Is €300 much?'],
  ['unit', 'rules', 'Is 500 ms long?', 'Is 500 s long?'],
  ['unit', 'rules', 'How far are 20 miles?', 'How far are 20 nautical miles?'],
  ['symbol', 'rules', 'Is a < b in C?', 'Is a > b in C?'],
  ['symbol', 'rules', 'What does 👍 mean in chat?', 'What does 👎 mean in chat?'],
  ['moment', 'rules', 'sales of this week', 'sales of last week'],
  ['moment', 'rules', 'Is he becoming an actor?', 'Is he an actor?'],
  ['quantifier', 'rules', 'Do all employees pay?', 'Do some employees pay?'],
  ['code', 'rules', 'What does parseUser do?', 'What does parseUsers do?'],
  ['code', 'rules', 'Explain cp -r to me', 'Explain cp -R to me'],
  ['code', 'rules', 'What is error ORA-00942?', 'What is error ORA-01017?'],
  ['negation', 'rules', 'Which plans include support?', "Which plans don't include support?"],
  ['negation', 'rules', 'a room with breakfast', 'a room without breakfast'],
  ['antonym', 'rules', 'How do I enable it in Word?', 'How do I disable it in Word?'],
  ['antonym', 'rules', 'How do I check in to my hotel?', 'How do I check out of my hotel?'],
  ['antonym', 'rules', 'How do I turn the light on?', 'How do I turn the light off?'],
  ['antonym', 'rules', 'What is hypotension?', 'What is hypertension?'],
  ['antonym', 'rules', 'Is the file readable?', 'Is the file unreadable?'],
  ['antonym', 'rules', 'Show it as a table.', 'Show it as a list.'],
  ['name', 'rules', 'Who is the head of Nokia?', 'Who is the head of Ericsson?'],
  ['question', 'rules', 'Why did the flight leave?', 'When did the flight leave?'],
  ['question', 'rules', 'How old is the tower?', 'How tall is the tower?'],
  ['owner', 'rules', 'What eats my dog?', 'What eats your dog?'],
  ['person', 'rules', 'What name do I call you?', 'What name do you call me?'],
  ['joint', 'rules', 'Is she an actor and a singer?', 'Is she an actor or a singer?'],
  ['antonym', 'rules', 'the life before the war', 'the life after the war'],
  ['tense', 'rules', 'Who is the chancellor of Germany?', 'Who was the chancellor of Germany?'],
  ['tense', 'rules', 'What did the team ship?', 'What will the team ship?'],
  ['direction', 'rules', 'Convert JSON to YAML.', 'Convert YAML to JSON.'],
  ['direction', 'rules', 'Is Java faster than Go in tests?', 'Is Go faster than Java in tests?'],
  ['order', 'rules', 'Can a tenant sue a landlord?', 'Can a landlord sue a tenant?'],
  ['order', 'rules', 'Does Ann like Bob?', 'Does Bob like Ann?'],
  ['order', 'rules', 'Does Ashley recognize Samuel?', 'Is Ashley recognized by Samuel?'],
  ['empty', 'rules', 'What do you do?', 'What are you?'],
  ['asked', 'strict', 'Why can I not pay by card?', 'I can not pay by card.'],
  ['substitution', 'strict', 'Is ethanol poisonous?', 'Is methanol poisonous?'],
  ['substitution', 'strict', 'How do I prune roses?', 'How do I prune hydrangeas?'],
  ['addition', 'strict', 'Delete all users.', 'Delete all inactive users.'],
  ['addition', 'strict', 'How do I feed a cat?', 'How do I feed an old cat?'],
];

for (const [rule, level, one, other] of refused) {
  t.test(`${rule} refuses "${other}" for "${one}"`, async (t) => {
    t.equal(refusedBy(one, other, 'strict'), rule);
    t.equal(refusedBy(other, one, 'strict'), rule, 'and the other way round');
    if (level === 'rules') t.equal(refusedBy(one, other, 'rules'), rule);
    else t.equal(refusedBy(one, other, 'rules'), null, 'at this level only');
  });
}

const served: readonly (readonly [string, string])[] = [
  ['How do I reset my password?', 'how can i reset my pasword'],
  ['Plan a 3-day trip to Rome.', 'Please plan a three-day trip to Rome!'],
  ['What happened on 2024-01-05?', 'What happened on January 5th, 2024?'],
  ['Remind me at 5 pm.', 'Remind me at 17:00.'],
  ['Is $20 a fair price?', 'Is 20 dollars a fair price?'],
  ['Is a 1.50 GB upload fine?', 'Is an upload of 1.5 gigabytes fine?'],
  ['What is the limit of 1,000 requests?', 'What is the limit of 1000 requests?'],
  ["Why isn't the app loading?", 'Why is the app not loading?'],
  ['In Excel, how do I freeze a row?', 'How do I freeze a row in Excel?'],
  ['Did Shakespeare write Hamlet?', 'Was Hamlet written by Shakespeare?'],
  ['Who invented the telephone?', 'The telephone was invented by whom?'],
  ['Compare Kafka and RabbitMQ.', 'Compare RabbitMQ and Kafka.'],
  ['How do I log in to the portal?', 'how do i login to the portal'],
  ['How many people live in the USA?', 'How many people live in the United States?'],
  ['Hello! Could you tell me how to export data? Thanks!', 'How can I export data?'],
  ['如何重置密码?', '怎么重置密码?'],
];

for (const [one, other] of served) {
  t.test(`"${other}" is served for "${one}"`, async (t) => {
    t.equal(refusedBy(one, other), null);
    t.equal(refusedBy(other, one), null);
  });
}

t.test('facts are plain JSON and compare the same after a round trip', async (t) => {
  const facts = extractFacts('How do I move 3 files from "a" to Berlin by 5 May?');
  t.strictSame(JSON.parse(JSON.stringify(facts)), facts);
});

t.test('facts of another version are refused', async (t) => {
  const facts = extractFacts('What is a mutex?');
  t.equal(compareFacts(facts, { ...facts, version: 0 }, 'rules')?.rule, 'version');
});

t.test('what lies behind the part that is read must be equal', async (t) => {
  const long = 'one word after the other '.repeat(400);
  t.equal(refusedBy(`${long} 2023`, `${long} 2024`), 'tail');
  t.equal(refusedBy(`${long} 2023`, `${long} 2023`), null);
});
