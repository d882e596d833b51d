import type { Outcome } from './outcome.ts';
import { MAX_FRAME_BYTES, type Mailbox } from './ring.ts';
import type { GuestLog } from './sandbox.ts';

/** What a request frame asks for. */
export const KIND = {
  call: 1,
  /** A call whose texts are too large for the ring: they wait in the message port. */
  largeCall: 2,
  /** Something rare, as a message in the port. */
  control: 3,
} as const;

/** Who got hold of a call: exactly one of the two threads does. */
const STATE = { open: 0, taken: 1, cancelled: 2 } as const;
const STATE_WORD = 11;
const REQUEST_WORDS = 12;
const ANSWER_WORDS = 6;

/** A call on its way to a worker. */
export interface CallFrame {
  readonly id: number;
  readonly moduleId: number;
  readonly fn: number;
  readonly nowMs: number;
  readonly seedA: number;
  readonly seedB: number;
  readonly small: string;
  /** Texts of the large facts in their order; undefined where one is not sent. */
  readonly large: readonly (string | undefined)[];
}

/**
 * Writes a call into the ring and answers where, for `cancelCall`; -1 when there is no room now. Texts too large for the ring go to `post` before
 * the frame that announces them is visible.
 */
export function writeCall(mailbox: Mailbox, call: CallFrame, post: (texts: Uint8Array[]) => void): number {
  const { words, doubles, bytes, requests } = mailbox;
  const count = call.large.length;
  const headerBytes = (REQUEST_WORDS + count) * 4;
  let most = call.small.length;
  for (const text of call.large) most += text?.length ?? 0;
  const large = headerBytes + most * 3 > MAX_FRAME_BYTES;
  const at = requests.reserve(large ? headerBytes : headerBytes + most * 3);
  if (at < 0) return -1;
  const word = at >> 2;
  words[word + 1] = large ? KIND.largeCall : KIND.call;
  words[word + 2] = call.id;
  words[word + 3] = call.moduleId;
  words[word + 4] = call.fn;
  words[word + 5] = call.seedA;
  words[word + 6] = call.seedB;
  words[word + 7] = count;
  words[word + STATE_WORD] = STATE.open;
  doubles[(at >> 3) + 4] = call.nowMs;
  if (large) {
    words[word + 10] = 0;
    post([call.small, ...call.large].map((text) => Buffer.from(text ?? '', 'utf8')));
    requests.commit(headerBytes);
    return at;
  }
  let end = at + headerBytes;
  const smallBytes = bytes.write(call.small, end, 'utf8');
  words[word + 10] = smallBytes;
  end += smallBytes;
  for (let index = 0; index < count; index++) {
    const text = call.large[index];
    const length = text === undefined ? -1 : bytes.write(text, end, 'utf8');
    words[word + REQUEST_WORDS + index] = length;
    if (length > 0) end += length;
  }
  requests.commit(end - at);
  return at;
}

/** Takes a call back that the worker has not begun; false when it has. */
export function cancelCall({ words }: Mailbox, at: number, id: number): boolean {
  // The place may hold a later call when this one's answer is there but not taken yet.
  if (words[(at >> 2) + 2] !== id) return false;
  return Atomics.compareExchange(words, (at >> 2) + STATE_WORD, STATE.open, STATE.cancelled) === STATE.open;
}

/** Begins a call; false when it was taken back. */
export function claimCall(mailbox: Mailbox, at: number): boolean {
  return (
    Atomics.compareExchange(mailbox.words, (at >> 2) + STATE_WORD, STATE.open, STATE.taken) === STATE.open
  );
}

/** A call as the worker reads it: views of the shared memory, good until the frame is released. */
export interface ReadCall {
  readonly id: number;
  readonly moduleId: number;
  readonly fn: number;
  readonly nowMs: number;
  readonly seedA: number;
  readonly seedB: number;
  readonly small: Uint8Array;
  readonly large: readonly (Uint8Array | undefined)[];
}

/** Reads the call at a frame; `texts` replaces the ring's bytes for a large call (empty = not sent). */
export function readCall(mailbox: Mailbox, at: number, texts: readonly Uint8Array[] | undefined): ReadCall {
  const { words, doubles, bytes } = mailbox;
  const word = at >> 2;
  const count = words[word + 7] as number;
  const large: (Uint8Array | undefined)[] = [];
  let end = at + (REQUEST_WORDS + count) * 4;
  const smallBytes = words[word + 10] as number;
  const small = texts?.[0] ?? bytes.subarray(end, end + smallBytes);
  end += smallBytes;
  for (let index = 0; index < count; index++) {
    if (texts !== undefined) {
      const text = texts[index + 1];
      large.push(text !== undefined && text.byteLength > 0 ? text : undefined);
      continue;
    }
    const length = words[word + REQUEST_WORDS + index] as number;
    large.push(length < 0 ? undefined : bytes.subarray(end, end + length));
    if (length > 0) end += length;
  }
  return {
    id: words[word + 2] as number,
    moduleId: words[word + 3] as number,
    fn: words[word + 4] as number,
    nowMs: doubles[(at >> 3) + 4] as number,
    seedA: words[word + 5] as number,
    seedB: words[word + 6] as number,
    small,
    large,
  };
}

/** What comes back from a worker for a call. */
export interface Answer {
  readonly id: number;
  readonly outcome: Outcome | { readonly kind: 'absent' };
  readonly fuel: number;
  readonly logs: readonly GuestLog[];
}

const STATUS: readonly Answer['outcome']['kind'][] = ['value', 'miss', 'fault', 'absent'];
const NO_LOGS: readonly GuestLog[] = [];

/** Writes an answer into the ring; false when there is no room, then it goes through the port. */
export function writeAnswer(mailbox: Mailbox, answer: Answer): boolean {
  const { words, bytes, answers } = mailbox;
  const { outcome } = answer;
  let text = '';
  if (outcome.kind === 'value') text = outcome.text;
  else if (outcome.kind === 'miss') text = String(outcome.index);
  else if (outcome.kind === 'fault') text = JSON.stringify(outcome.failure);
  const logs = answer.logs.length > 0 ? JSON.stringify(answer.logs) : '';
  const at = answers.reserve(ANSWER_WORDS * 4 + (text.length + logs.length) * 3);
  if (at < 0) return false;
  const word = at >> 2;
  const textAt = at + ANSWER_WORDS * 4;
  const textBytes = bytes.write(text, textAt, 'utf8');
  const logBytes = logs === '' ? 0 : bytes.write(logs, textAt + textBytes, 'utf8');
  words[word + 1] = answer.id;
  words[word + 2] = STATUS.indexOf(outcome.kind);
  words[word + 3] = answer.fuel;
  words[word + 4] = textBytes;
  words[word + 5] = logBytes;
  answers.commit(ANSWER_WORDS * 4 + textBytes + logBytes);
  return true;
}

/** Takes the oldest answer out of the ring. */
export function takeAnswer(mailbox: Mailbox): Answer | undefined {
  const { words, bytes, answers } = mailbox;
  const at = answers.peek();
  if (at < 0) return undefined;
  const word = at >> 2;
  const textAt = at + ANSWER_WORDS * 4;
  const logsAt = textAt + (words[word + 4] as number);
  const logsEnd = logsAt + (words[word + 5] as number);
  const text = bytes.toString('utf8', textAt, logsAt);
  const logs =
    logsEnd > logsAt ? (JSON.parse(bytes.toString('utf8', logsAt, logsEnd)) as GuestLog[]) : NO_LOGS;
  const answer: Answer = {
    id: words[word + 1] as number,
    outcome: readOutcome(STATUS[words[word + 2] as number], text),
    fuel: words[word + 3] as number,
    logs,
  };
  answers.release();
  return answer;
}

function readOutcome(kind: Answer['outcome']['kind'] | undefined, text: string): Answer['outcome'] {
  if (kind === 'value') return { kind, text };
  if (kind === 'miss') return { kind, index: Number(text) };
  if (kind === 'fault') return { kind, failure: JSON.parse(text) };
  return { kind: 'absent' };
}
