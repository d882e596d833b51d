import { isJsonObject, type Json, type JsonObject } from '../../sdk/json.ts';

/** One table of numbers of a model file. */
export interface Tensor {
  readonly shape: readonly number[];
  /** Row by row, as 32-bit floats. */
  readonly values: Float32Array;
}

const longestHeaderBytes = 100_000_000;
const bytesOf: Readonly<Record<string, number>> = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  I8: 1,
  U8: 1,
  I32: 4,
  I64: 8,
};

/**
 * Reads named tensors of a safetensors file: 8 bytes little-endian length, a JSON header of that length, the data
 * (huggingface/safetensors, README "Format"). @throws Error that says what is wrong with the file
 */
export function readTensors(file: Uint8Array, names: readonly string[]): Map<string, Tensor> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  if (file.byteLength < 8)
    throw new Error(`expected 8 bytes of header length; the file has ${file.byteLength}`);
  const length = view.getBigUint64(0, true);
  if (length > BigInt(longestHeaderBytes) || 8n + length > BigInt(file.byteLength)) {
    throw new Error(
      `expected a header within the file of ${file.byteLength} bytes; its length is given as ${length}`,
    );
  }
  const dataAt = 8 + Number(length);
  const header = parseHeader(file.subarray(8, dataAt));
  const tensors = new Map<string, Tensor>();
  for (const name of names) {
    const entry = Object.hasOwn(header, name) ? header[name] : undefined;
    if (entry !== undefined) tensors.set(name, readTensor(name, entry, view, dataAt));
  }
  return tensors;
}

function parseHeader(bytes: Uint8Array): JsonObject {
  let header: Json;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Json;
  } catch {
    throw new Error('expected a header of JSON; it is none');
  }
  if (!isJsonObject(header)) throw new Error('expected a header that is a JSON object');
  return header;
}

function readTensor(name: string, entry: Json, view: DataView, dataAt: number): Tensor {
  if (!isJsonObject(entry)) throw new Error(`tensor ${name}: expected an object in the header`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const size = typeof dtype === 'string' && Object.hasOwn(bytesOf, dtype) ? bytesOf[dtype] : undefined;
  if (size === undefined) {
    throw new Error(
      `tensor ${name}: expected dtype ${Object.keys(bytesOf).join(', ')}; came ${String(dtype)}`,
    );
  }
  if (!isCounts(shape) || !isCounts(offsets) || offsets.length !== 2) {
    throw new Error(`tensor ${name}: expected a shape and two offsets of whole numbers`);
  }
  const count = shape.reduce((product, side) => product * side, 1);
  const [from, to] = [offsets[0]!, offsets[1]!];
  if (to - from !== count * size || dataAt + to > view.byteLength) {
    throw new Error(
      `tensor ${name}: expected ${count * size} bytes for ${String(dtype)} [${shape.join(', ')}]; the file has ${
        Math.min(to, view.byteLength - dataAt) - from
      }`,
    );
  }
  return { shape, values: toFloats(view, dataAt + from, count, dtype as string) };
}

function isCounts(json: Json | undefined): json is number[] {
  return Array.isArray(json) && json.every((side) => Number.isSafeInteger(side) && (side as number) >= 0);
}

function toFloats(view: DataView, at: number, count: number, dtype: string): Float32Array {
  const values = new Float32Array(count);
  switch (dtype) {
    case 'F64':
      for (let index = 0; index < count; index++) values[index] = view.getFloat64(at + index * 8, true);
      break;
    case 'F32':
      for (let index = 0; index < count; index++) values[index] = view.getFloat32(at + index * 4, true);
      break;
    case 'F16':
      for (let index = 0; index < count; index++) values[index] = view.getFloat16(at + index * 2, true);
      break;
    case 'BF16': {
      const bits = new Uint32Array(values.buffer);
      for (let index = 0; index < count; index++) bits[index] = view.getUint16(at + index * 2, true) << 16;
      break;
    }
    case 'I8':
      for (let index = 0; index < count; index++) values[index] = view.getInt8(at + index);
      break;
    case 'U8':
      for (let index = 0; index < count; index++) values[index] = view.getUint8(at + index);
      break;
    case 'I32':
      for (let index = 0; index < count; index++) values[index] = view.getInt32(at + index * 4, true);
      break;
    default:
      for (let index = 0; index < count; index++)
        values[index] = Number(view.getBigInt64(at + index * 8, true));
  }
  return values;
}
