import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  createZstdDecompress,
} from 'node:zlib';

/** Where decoded bytes go. After `destroy()` nothing is called any more. */
export interface DecodedBody {
  onData(bytes: Buffer): void;
  /** More encoded bytes are welcome again after `write` returned false. */
  onDrain(): void;
  onEnd(): void;
  /** The bytes are not in the coding that was announced, or end too early. */
  onError(): void;
}

/** Decodes one compressed body, piece by piece. */
export interface BodyDecoder {
  /** False when the caller should wait for `onDrain`. */
  write(bytes: Buffer): boolean;
  end(): void;
  pause(): void;
  resume(): void;
  destroy(): void;
}

type Factory = (first: Buffer) => Transform;

// Flushing on every write gets each event of a stream out at once; the end stays strict, so that a body that was
// cut is an error.
const flush = { flush: constants.Z_SYNC_FLUSH };

const factories: Readonly<Record<string, Factory>> = {
  gzip: () => createGunzip(flush),
  'x-gzip': () => createGunzip(flush),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ flush: constants.ZSTD_e_flush }),
  // RFC 9110 says zlib, some servers send the bare format: the first byte tells.
  deflate: (first) => ((first[0]! & 0x0f) === 8 ? createInflate(flush) : createInflateRaw(flush)),
};

/** A decoder for one `content-encoding`; null where the coding, or a list of several, is not known. */
export function createBodyDecoder(coding: string, body: DecodedBody): BodyDecoder | null {
  const name = coding.trim().toLowerCase();
  if (!Object.hasOwn(factories, name)) return null;
  const factory = factories[name]!;
  // Made with the first byte: an empty body in a coding is empty, not damaged.
  let stream: Transform | null = null;
  let paused = false;
  let destroyed = false;

  function open(first: Buffer): Transform {
    const made = factory(first);
    made.on('data', body.onData);
    made.on('drain', body.onDrain);
    made.on('end', body.onEnd);
    made.on('error', () => {
      if (!destroyed) body.onError();
    });
    if (paused) made.pause();
    return made;
  }

  return {
    write(bytes) {
      if (destroyed || bytes.length === 0) return true;
      stream ??= open(bytes);
      return stream.write(bytes);
    },
    end() {
      if (destroyed) return;
      if (stream === null) body.onEnd();
      else stream.end();
    },
    pause() {
      paused = true;
      stream?.pause();
    },
    resume() {
      paused = false;
      stream?.resume();
    },
    destroy() {
      destroyed = true;
      stream?.removeAllListeners('data').removeAllListeners('end').destroy();
    },
  };
}
