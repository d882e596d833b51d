import { isJsonObject, type Json } from '../../sdk/json.ts';

const largestDimension = 16_384;

/**
 * Vectors of an OpenAI embeddings answer, in the order that was asked, as lists or as base64 of little-endian 32-bit
 * floats. @throws Error that says what was expected and what came, without the answer's text
 */
export function readEmbeddings(body: string, count: number): Float32Array[] {
  let json: Json;
  try {
    json = JSON.parse(body) as Json;
  } catch {
    throw new Error('expected an answer of JSON; it is none');
  }
  const data = isJsonObject(json) ? json['data'] : undefined;
  if (!Array.isArray(data)) throw new Error('expected a list "data" in the answer; it has none');
  if (data.length !== count) throw new Error(`expected ${count} vectors; came ${data.length}`);
  const vectors = new Array<Float32Array | undefined>(count);
  data.forEach((entry: Json, position: number) => {
    if (!isJsonObject(entry)) throw new Error('expected objects in "data"');
    // Servers that leave the index out answer in order.
    const index = entry['index'] ?? position;
    if (typeof index !== 'number' || !Number.isInteger(index) || index < 0 || index >= count) {
      throw new Error(`expected an index from 0 to ${count - 1}`);
    }
    if (vectors[index] !== undefined) throw new Error(`expected each index once; ${index} came twice`);
    vectors[index] = readVector(entry['embedding']);
  });
  return vectors as Float32Array[];
}

function readVector(json: Json | undefined): Float32Array {
  const vector = typeof json === 'string' ? fromBase64(json) : fromList(json);
  if (vector.length === 0 || vector.length > largestDimension) {
    throw new Error(`expected a vector of 1 to ${largestDimension} numbers; came ${vector.length}`);
  }
  return vector;
}

function fromList(json: Json | undefined): Float32Array {
  if (!Array.isArray(json) || !json.every((number) => typeof number === 'number')) {
    throw new Error('expected an embedding that is a list of numbers or base64');
  }
  return Float32Array.from(json as number[]);
}

function fromBase64(text: string): Float32Array {
  const bytes = Buffer.from(text, 'base64');
  if (bytes.length % 4 !== 0) throw new Error(`expected base64 of 32-bit floats; came ${bytes.length} bytes`);
  const vector = new Float32Array(bytes.length / 4);
  for (let at = 0; at < vector.length; at++) vector[at] = bytes.readFloatLE(at * 4);
  return vector;
}
