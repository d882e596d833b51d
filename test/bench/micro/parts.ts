import { measureJsonEdit, measureParseAndPrint } from './json-edit.ts';
import { measureDeclarativeRule, measureFnRule } from './policy-rules.ts';
import { measureRoutePlan } from './route-plan.ts';
import type { MicroRow } from './row.ts';
import { measureStreamEvent } from './stream-event.ts';
import { measureTranslatedEvent, measureTranslatedRequest, type Pair } from './translation.ts';

/** Measures one part and names its row; throws where it cannot be measured. */
export type MeasurePart = (name: string) => Promise<MicroRow>;

/** The parts, by the names that rows have. Each loads what it measures by itself, when it is measured. */
export const parts: Readonly<Record<string, MeasurePart>> = {
  'declarative rule': measureDeclarativeRule,
  'fn() rule': (name) => measureFnRule(name, 1),
  'fn() rule, 16 at once, each': (name) => measureFnRule(name, 16),
  'streamed event, 3 transforms, text kept': (name) => measureStreamEvent(name, 'kept'),
  'streamed event, 3 transforms, text changed': (name) => measureStreamEvent(name, 'changed'),
  'JSON edit of the model, 185 B': (name) => measureJsonEdit(name, 'small'),
  'JSON edit of the model, 40 KB': (name) => measureJsonEdit(name, 'large'),
  'the same by parse and print, 185 B': (name) => measureParseAndPrint(name, 'small'),
  'the same by parse and print, 40 KB': (name) => measureParseAndPrint(name, 'large'),
  'route plan of 8 targets': measureRoutePlan,
  ...translations(),
};

/** Names of the parts that have a promise to keep. */
export const promisedParts: readonly string[] = [
  'declarative rule',
  'fn() rule',
  'request of 2 KB, chat to messages',
  'request of 2 KB, messages to chat',
  'streamed event, chat to messages',
  'streamed event, messages to chat',
];

/** What translation costs, for each pair of dialects that is measured. */
function translations(): Record<string, MeasurePart> {
  const pairs: readonly Pair[] = [
    'chat to messages',
    'messages to chat',
    'responses to messages',
    'chat to responses',
  ];
  return Object.fromEntries(
    pairs.flatMap((pair): [string, MeasurePart][] => [
      [`request of 2 KB, ${pair}`, (name) => measureTranslatedRequest(name, pair)],
      [`streamed event, ${pair}`, (name) => measureTranslatedEvent(name, pair)],
    ]),
  );
}
