import { SseDecoder } from '../../../core/response/sse-decoder.ts';
import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { Trace } from '../../../sdk/trace.ts';
import { messageOf, request } from '../api/client.ts';
import { files, givenRead, tried } from './state.ts';

const paths: Readonly<Record<string, string>> = {
  chat: '/v1/chat/completions',
  completions: '/v1/completions',
  embeddings: '/v1/embeddings',
  messages: '/v1/messages',
  responses: '/v1/responses',
};

/** What a run through the gateway tells while it goes on. */
export interface RunListener {
  head(status: number): void;
  chunk(text: string, atMs: number): void;
  record(trace: Trace): void;
  error(message: string): void;
}

/** Sends the request through the gateway, with the draft in place of its policies. Costs what a request costs. */
export async function runThroughGateway(listener: RunListener, signal: AbortSignal): Promise<void> {
  const { given } = givenRead.peek();
  const body = tried.peek()?.request ?? null;
  if (given === null || !isJsonObject(body)) {
    listener.error('The request is not complete: it has to be tried in the page first.');
    return;
  }
  try {
    const response = await request('/playground/api/run', {
      method: 'POST',
      body: { files: files.peek(), api: paths[given.request?.api ?? 'chat'], headers: headersOf(), body },
      signal,
    });
    await hear(response, listener);
  } catch (error) {
    if (!signal.aborted) listener.error(messageOf(error));
  }
}

/** Who asks, as a client says it. */
function headersOf(): Record<string, string> {
  const { given } = givenRead.peek();
  const { tenant, feature, user, request: own } = given ?? {};
  return {
    ...own?.headers,
    ...(tenant?.id === undefined ? undefined : { 'x-tenant-id': tenant.id }),
    ...(feature === undefined ? undefined : { 'x-feature-id': feature }),
    ...(user === undefined ? undefined : { 'x-user-id': user }),
  };
}

async function hear(response: Response, listener: RunListener): Promise<void> {
  const decoder = new SseDecoder((data, event) => tell(event, data, listener));
  const reader = response.body!.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    decoder.push(value as unknown as Parameters<SseDecoder['push']>[0]);
  }
  decoder.end();
}

function tell(event: string, data: string, listener: RunListener): void {
  let value: Json;
  try {
    value = JSON.parse(data) as Json;
  } catch {
    return;
  }
  if (!isJsonObject(value)) return;
  if (event === 'head') listener.head(Number(value['status'] ?? 0));
  else if (event === 'chunk') listener.chunk(String(value['text'] ?? ''), Number(value['t_ms'] ?? 0));
  else if (event === 'record') listener.record(value as unknown as Trace);
  else if (event === 'error') {
    const error = (isJsonObject(value['error']) ? value['error'] : value) as JsonObject;
    listener.error(String(error['message'] ?? 'The gateway could not run it.'));
  }
}
