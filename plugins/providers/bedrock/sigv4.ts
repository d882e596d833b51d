import { createHmac, hash } from 'node:crypto';
import type { AwsCredentials } from './credentials.ts';

/** What a signature covers. */
export interface SignedParts {
  readonly method: string;
  /** The path as it goes over the wire, percent-encoding included, without a query. */
  readonly path: string;
  /** The exact bytes that are sent. */
  readonly body: string | Buffer;
  /** The `content-type` that is sent. */
  readonly contentType: string;
  readonly nowMs: number;
}

/**
 * Signs requests with AWS Signature Version 4 (docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html).
 * Covered are host, content-type, date and session token only: any other header may be changed on its way, by a tracing
 * proxy for one, and a signature over it would break.
 */
export class SigV4Signer {
  readonly #region: string;
  readonly #service: string;
  readonly #host: string;
  /** The signing key of the day, and what it was made of. */
  #key: { readonly day: string; readonly secret: string; readonly bytes: Buffer } | null = null;
  /** The formatted time of the last request: there are many in a second. */
  #time: { readonly second: number; readonly text: string } | null = null;

  /** @param host as the `host` header has it: with a port where that is not the scheme's own. */
  constructor(region: string, service: string, host: string) {
    this.#region = region;
    this.#service = service;
    this.#host = host;
  }

  /** The headers that carry the signature; they go onto the request beside `host` and `content-type`. */
  sign(parts: SignedParts, credentials: AwsCredentials): Record<string, string> {
    const date = this.#date(parts.nowMs);
    const day = date.slice(0, 8);
    const token = credentials.sessionToken;
    const signed =
      token === null ? 'content-type;host;x-amz-date' : 'content-type;host;x-amz-date;x-amz-security-token';
    const canonical = `${parts.method}\n${canonicalPath(parts.path)}\n\ncontent-type:${parts.contentType}\nhost:${this.#host}\nx-amz-date:${date}\n${
      token === null ? '' : `x-amz-security-token:${token}\n`
    }\n${signed}\n${hash('sha256', parts.body, 'hex')}`;
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const toSign = `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash('sha256', canonical, 'hex')}`;
    const signature = createHmac('sha256', this.#signingKey(day, credentials)).update(toSign).digest('hex');
    const headers: Record<string, string> = {
      authorization: `AWS4-HMAC-SHA256 Credential=${credentials.accessKeyId}/${scope}, SignedHeaders=${signed}, Signature=${signature}`,
      'x-amz-date': date,
    };
    if (token !== null) headers['x-amz-security-token'] = token;
    return headers;
  }

  #signingKey(day: string, { secretAccessKey }: AwsCredentials): Buffer {
    if (this.#key?.day === day && this.#key.secret === secretAccessKey) return this.#key.bytes;
    let bytes = hmac(`AWS4${secretAccessKey}`, day);
    for (const part of [this.#region, this.#service, 'aws4_request']) bytes = hmac(bytes, part);
    this.#key = { day, secret: secretAccessKey, bytes };
    return bytes;
  }

  /** `20260101T000000Z` */
  #date(nowMs: number): string {
    const second = Math.floor(nowMs / 1000);
    if (this.#time?.second !== second) {
      const text = `${new Date(second * 1000).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
      this.#time = { second, text };
    }
    return this.#time!.text;
  }
}

/** The path encoded once more (`%3A` becomes `%253A`), as every service but S3 wants it; empty segments left out. */
export function canonicalPath(path: string): string {
  return encodePathPart(path.replace(/\/{2,}/g, '/')).replaceAll('%2F', '/');
}

/** Percent-encodes all but RFC 3986's unreserved characters. */
export function encodePathPart(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
