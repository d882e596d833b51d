import { GatewayError } from '../../../sdk/errors.ts';
import { sendError } from '../../server/app.ts';
import { headerOf, type Incoming } from '../../server/incoming.ts';
import type { AppFiles } from './app-files.ts';
import { contentTypeOf, isHashed } from './content-type.ts';

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "font-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** On every answer of the app: nothing but its own files runs, nobody frames it, nobody learns its addresses. */
export const appHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Both together give the page a clock of five microseconds in place of a hundred, for the times beside the rules.
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'cross-origin-resource-policy': 'same-origin',
};

const notBuilt = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Sluice playground</title></head>
<body>
<h1>The playground is not built</h1>
<p>In the checkout run <code>npm run prepare</code>, then load this page again. The gateway itself works without it.</p>
</body>
</html>
`;

/** Answers `/playground/…` with the app's files. Never throws. */
export async function serveApp(incoming: Incoming, files: AppFiles): Promise<void> {
  const target = await files.target(incoming.url);
  if (!incoming.sink.open) return;
  if (target === null) {
    const headers = {
      ...appHeaders,
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
    };
    return incoming.sink.send(200, headers, notBuilt);
  }
  const name = target.type === 'file' ? target.name : 'index.html';
  const content =
    target.type === 'nothing' ? null : await files.read(name, headerOf(incoming, 'accept-encoding') ?? '');
  if (!incoming.sink.open) return;
  if (content === null) {
    return sendError(incoming, new GatewayError('not_found', 'There is no such file in the playground.'));
  }
  const headers: Record<string, string> = {
    ...appHeaders,
    'cache-control':
      target.type === 'file' && isHashed(name) ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: content.etag,
    vary: 'accept-encoding',
  };
  if (isKnown(headerOf(incoming, 'if-none-match'), content.etag)) {
    incoming.sink.head(304, headers);
    return incoming.sink.end();
  }
  headers['content-type'] = contentTypeOf(name);
  if (content.encoding !== null) headers['content-encoding'] = content.encoding;
  incoming.sink.send(200, headers, content.bytes);
}

function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  return ifNoneMatch?.split(',').some((one) => one.trim().replace(/^W\//, '') === etag) === true;
}
