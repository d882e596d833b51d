import { constants, zstdCompress, zstdDecompress } from 'node:zlib';

/** Smaller values are not worth the work. */
export const packFromBytes = 8192;

/**
 * A value as it is stored: compressed in a thread of its own where that saves something.
 *
 * @returns the bytes and whether they are packed.
 */
export function pack(value: Uint8Array): Promise<readonly [Uint8Array, boolean]> {
  if (value.byteLength < packFromBytes) return Promise.resolve([value, false]);
  return new Promise((resolve) => {
    zstdCompress(value, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }, (error, packed) => {
      const smaller = error === null && packed.byteLength < value.byteLength * 0.9;
      resolve(smaller ? [packed, true] : [value, false]);
    });
  });
}

/** @throws Error where it is damaged, or larger than `maxBytes`. */
export function unpack(packed: Uint8Array, maxBytes: number): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    zstdDecompress(packed, { maxOutputLength: maxBytes }, (error, value) =>
      error === null ? resolve(value) : reject(error),
    );
  });
}
