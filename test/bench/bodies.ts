/** The sizes that are measured; what a chat request with one short question weighs, and one with a long paste. */
export type BodySize = 'small' | 'large';

/** Bytes of each body. */
export const bodyBytes: Readonly<Record<BodySize, number>> = { small: 185, large: 40_960 };

/** The alias that requests ask for, and the model that the proxies make of it. */
export const benchAlias = 'chat';
export const benchModel = 'gpt-bench';

const counterDigits = 10;
const counterText = '0'.repeat(counterDigits);

/** A request body with a counter in it, so that no two requests are alike and no cache can answer. */
export interface RequestBody {
  readonly bytes: Buffer;
  /** Where the ten digits of the counter are. */
  readonly counterAt: number;
}

/** A chat completion request of exactly the size's bytes. */
export function requestBody(size: BodySize, stream: boolean): RequestBody {
  const wanted = bodyBytes[size];
  const empty = bodyText('', stream);
  const text = bodyText(filler(wanted - empty.length), stream);
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.length !== wanted) throw new Error(`expected a body of ${wanted} bytes, made ${bytes.length}`);
  return { bytes, counterAt: bytes.indexOf(counterText) };
}

/** Writes `count` over the counter of a body that begins at `bodyAt` of `bytes`. */
export function writeCounter(bytes: Buffer, counterAt: number, count: number): void {
  for (let at = counterAt + counterDigits - 1; at >= counterAt; at--) {
    bytes[at] = 48 + (count % 10);
    count = Math.floor(count / 10);
  }
}

function bodyText(words: string, stream: boolean): string {
  return JSON.stringify({
    model: benchAlias,
    stream,
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: `${counterText} ${words}` },
    ],
    temperature: 0.5,
  });
}

/** English-looking text of an exact length, without quotes or anything that a masking policy looks for. */
function filler(length: number): string {
  const sentence = 'the river took the road around the old mill and nobody asked where it would go next ';
  return sentence.repeat(Math.ceil(length / sentence.length)).slice(0, length);
}
