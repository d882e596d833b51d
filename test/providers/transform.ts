import type { AnswerCodec } from '../../core/dialects/dialect.ts';
import { dialectFor, formatOf } from '../../core/dialects/registry.ts';
import { TranslatingCodec } from '../../core/dialects/translating-codec.ts';
import { sseFraming } from '../../core/response/sse-decoder.ts';
import type { JsonObject } from '../../sdk/json.ts';
import type { DecodedEvent, Framing } from '../../sdk/wire.ts';
import type { ProviderCase } from './fixture.ts';
import type { Front } from './fronts.ts';
import { type ProviderGateway, providerOf } from './gateway.ts';
import { askOf } from './situation.ts';

/** The way of a stream's bytes from a provider to a client, without everything around it. */
export interface Transform {
  readonly framing: Framing;
  /** What the client is sent for these pieces of the stream; `error` where it breaks off. */
  run(pieces: readonly Buffer[]): string;
}

/**
 * Makes the objects that the pipeline makes (`prepareCall`, `Attempt`, `StreamRelay`) for a case and a client: so many
 * ways of cutting are tried that requests through the gateway would take too long.
 */
export function transformOf(
  { kit, providers }: ProviderGateway,
  fixture: ProviderCase,
  front: Front,
  requestId: string,
): Transform {
  const name = providerOf(fixture);
  const { provider, kind } = providers.get(name)!;
  const dialect = dialectFor(front.name);
  const spoken = provider.dialect(dialect.api, fixture.model);
  const vendor = kind.vendor(fixture.model) || name;
  const meta = {
    id: dialect.answerId(requestId),
    createdAtMs: kit.clock.now(),
    model: fixture.model,
    vendor,
  };
  const target = {
    id: `${name}/${fixture.model}`,
    provider: name,
    kind: kind.kind,
    model: fixture.model,
    vendor,
    tier: 'standard' as const,
    region: '',
    weight: 1,
  };
  const native = spoken === dialect.name;
  const wire = typeof spoken === 'string' ? formatOf(spoken) : spoken;
  if (!native && wire?.kind !== 'wire') throw new Error(`${name} does not speak ${front.name}`);
  const framing =
    (!native && wire?.kind === 'wire' ? wire.framing : undefined) ??
    provider.framing?.(dialect.api, fixture.model) ??
    sseFraming;
  const body = front.request(askOf({ fixture, stream: true })) as JsonObject;
  const traits = provider.traits?.(fixture.model) ?? {};
  const context = { target, stream: true, traits, requestId };
  const codec = (): AnswerCodec => {
    const own = dialect.codec(meta);
    if (native || wire?.kind !== 'wire') return own;
    const encoded = wire.encode(dialect.conversation!(body, null), context);
    return new TranslatingCodec(wire.decoder(context), own, encoded, () => undefined);
  };
  return { framing, run: (pieces) => run(pieces, framing, codec(), native) };
}

function run(pieces: readonly Buffer[], framing: Framing, codec: AnswerCodec, native: boolean): string {
  const out: string[] = [];
  const early: (DecodedEvent | string)[] = [];
  let begun = false;
  let failed = false;
  const write = (item: DecodedEvent | string) =>
    out.push(typeof item === 'string' ? item : codec.encodeEvent(item, item.chunks));
  const begin = () => {
    begun = true;
    for (const item of early) write(item);
  };
  const framer = framing.framer(
    (data, event, raw) => {
      if (failed) return;
      const decoded = codec.decodeEvent(data, event);
      if (decoded.kind === 'error') failed = true;
      else if (decoded.kind === 'chunks' || decoded.kind === 'ping') {
        const item = raw === undefined ? decoded : Object.assign(decoded, { raw });
        if (!begun && !item.chunks.some((chunk) => chunk.type !== 'usage')) early.push(item);
        else {
          if (!begun) begin();
          write(item);
        }
      }
    },
    (raw) => {
      if (begun) out.push(native ? raw : codec.encodePing());
      else if (native) early.push(raw);
    },
  );
  try {
    for (const piece of pieces) framer.push(piece);
    if (!failed && (!framer.end() || !codec.complete)) failed = true;
  } catch {
    failed = true;
  }
  if (failed) return `${out.join('')}error`;
  if (!begun) begin();
  return out.join('') + codec.encodeEnd();
}
