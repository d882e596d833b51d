import type { MaybePromise } from '../../../sdk/plugin.ts';
import type { ProviderCall } from '../../../sdk/provider.ts';
import { configuredHeaders, isEmpty, policyHeaders } from '../../../sdk/provider-kit/headers.ts';
import type { KeyPool } from '../../../sdk/provider-kit/key-pool.ts';
import type { Clock } from '../../../sdk/services.ts';
import type { UpstreamRequest } from '../../../sdk/transport.ts';
import { allowedBetas, invokeBody, withBetas } from './claude-body.ts';
import type { CredentialSource } from './credentials.ts';
import type { Endpoint } from './endpoint.ts';
import type { BedrockModel } from './model.ts';
import { type BedrockOptions, bedrockSchema } from './options.ts';
import { encodePathPart, SigV4Signer } from './sigv4.ts';

/** How requests prove whose they are: keys as bearer tokens, or a signature. */
export type Auth =
  | { readonly type: 'bearer'; readonly keys: KeyPool<string> }
  | { readonly type: 'signature'; readonly source: CredentialSource; readonly region: string };

type Headers = Record<string, string>;

const contentType = 'application/json';

/** What a call is called in the path: whole and streamed. */
const actions: Readonly<Record<string, readonly [whole: string, stream: string]>> = {
  converse: ['converse', 'converse-stream'],
  messages: ['invoke', 'invoke-with-response-stream'],
  'bedrock-count-tokens': ['count-tokens', 'count-tokens'],
  'bedrock-embeddings': ['invoke', 'invoke'],
};

/**
 * Makes the function that turns a call into a signed HTTP request. It answers at once while credentials are at hand.
 *
 * @throws Error for options that no request could be made with.
 */
export function createRequestBuilder(
  options: BedrockOptions,
  endpoint: Endpoint,
  auth: Auth,
  describe: (id: string) => BedrockModel,
  clock: Clock,
): (call: ProviderCall) => MaybePromise<UpstreamRequest> {
  const common = commonHeaders(options);
  const guardrail = guardrailHeaders(options);
  const betas = new Set<string>(options.betas ?? bedrockSchema.properties.betas.default);
  const signer = auth.type === 'signature' ? new SigV4Signer(auth.region, 'bedrock', endpoint.host) : null;

  return function request(call) {
    const path = pathOf(call, endpoint, describe);
    const body = bodyOf(call, betas, describe);
    const headers = {
      ...(isEmpty(call.headers) ? {} : withoutAmz(policyHeaders(call.headers))),
      ...common,
      ...(call.wire === 'messages' ? guardrail : {}),
      accept: call.stream ? 'application/vnd.amazon.eventstream' : contentType,
      traceparent: call.traceparent,
      'x-request-id': call.requestId,
    };
    const send = (proof: Headers): UpstreamRequest => ({
      method: 'POST',
      origin: endpoint.origin,
      path,
      headers: Object.assign(headers, proof),
      body,
    });
    if (auth.type === 'bearer') return send({ authorization: `Bearer ${auth.keys.next(call.key)}` });
    const credentials = auth.source.get();
    const sign = (found: Awaited<typeof credentials>) =>
      send(signer!.sign({ method: 'POST', path, body, contentType, nowMs: clock.now() }, found));
    return credentials instanceof Promise ? credentials.then(sign) : sign(credentials);
  };
}

function pathOf(call: ProviderCall, { prefix }: Endpoint, describe: (id: string) => BedrockModel): string {
  const action = actions[call.wire];
  if (action === undefined) throw new Error(`no such format: ${call.wire}`);
  // CountTokens knows models only, no inference profiles.
  const id = call.wire === 'bedrock-count-tokens' ? describe(call.model).base : call.model;
  return `${prefix}/model/${encodePathPart(id)}/${call.stream ? action[1] : action[0]}`;
}

function bodyOf(
  call: ProviderCall,
  betas: ReadonlySet<string>,
  describe: (id: string) => BedrockModel,
): string | Buffer {
  const { body, wire, clientHeaders } = call;
  if (wire !== 'messages' && wire !== 'converse') return body;
  const flags = allowedBetas(clientHeaders['anthropic-beta'], betas);
  if (wire === 'messages') return invokeBody(body.toString(), flags, betas);
  return flags.length > 0 && describe(call.model).claude ? withBetas(body.toString(), flags) : body;
}

function commonHeaders(options: BedrockOptions): Headers {
  const configured = configuredHeaders(options.headers);
  const amz = Object.keys(configured).find((name) => name.startsWith('x-amz-'));
  if (amz !== undefined) throw new Error(`headers: ${amz} would have to be signed; take it out`);
  return {
    'user-agent': 'sluice',
    ...configured,
    'content-type': contentType,
    // A compressed stream comes in lumps, and decoding it costs more than it saves.
    'accept-encoding': 'identity',
  };
}

/** Converse has a member for it in the body. */
function guardrailHeaders({ guardrail }: BedrockOptions): Headers {
  if (guardrail === undefined) return {};
  return {
    'x-amzn-bedrock-guardrailidentifier': guardrail.identifier,
    'x-amzn-bedrock-guardrailversion': guardrail.version,
    ...(guardrail.trace === undefined ? {} : { 'x-amzn-bedrock-trace': guardrail.trace.toUpperCase() }),
  };
}

/** AWS refuses requests with `x-amz-` headers that are not signed. */
function withoutAmz(headers: Headers): Headers {
  for (const name of Object.keys(headers)) if (name.startsWith('x-amz-')) delete headers[name];
  return headers;
}
