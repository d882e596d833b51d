import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

export interface TensorData {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

export function floats(values: readonly number[], shape: readonly number[]): TensorData {
  return { dtype: 'F32', shape, bytes: new Uint8Array(Float32Array.from(values).buffer) };
}

/** A safetensors file of some tensors. */
export function safetensors(tensors: Readonly<Record<string, TensorData>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  let at = 0;
  for (const [name, { dtype, shape, bytes }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + bytes.length] };
    at += bytes.length;
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, BigInt(json.length), true);
  return Buffer.concat([length, json, ...Object.values(tensors).map(({ bytes }) => bytes)]);
}

export const vocab = { '[UNK]': 0, red: 1, blue: 2, car: 3, '##s': 4, un: 5, '##lock': 6, ',': 7 };

export function tokenizer(type: string, changes: object = {}): object {
  return {
    normalizer: {
      type: 'BertNormalizer',
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    model: {
      type,
      vocab,
      unk_token: '[UNK]',
      continuing_subword_prefix: '##',
      max_input_chars_per_word: 100,
    },
    ...changes,
  };
}

/** A folder with the given files, removed at the end of the test. */
export async function modelFolder(
  t: { teardown(run: () => Promise<void>): unknown },
  files: Readonly<Record<string, object | Uint8Array | string>>,
): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-model-'));
  t.teardown(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    const bytes =
      content instanceof Uint8Array || typeof content === 'string' ? content : JSON.stringify(content);
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), bytes);
  }
  return folder;
}
