import type { SealChunk } from '../../../sdk/chunk.ts';
import { wrapSeal } from '../../../sdk/seal.ts';
import { homeVendor } from './foreign.ts';
import { addPart, type Item, type Part, type PartKind, partJson } from './items.ts';
import type { Output } from './output.ts';

const deltas: Readonly<Record<PartKind, string>> = {
  output_text: 'response.output_text.delta',
  refusal: 'response.refusal.delta',
  summary_text: 'response.reasoning_summary_text.delta',
  reasoning_text: 'response.reasoning_text.delta',
};

/** Writes messages, reasoning and seals. One of these items is open at a time. */
export class TextWriter {
  readonly #output: Output;

  constructor(output: Output) {
    this.#output = output;
  }

  /** A piece of a message. */
  text(kind: 'output_text' | 'refusal', text: string): void {
    if (text !== '') this.#send(this.#openItem('message'), kind, text);
  }

  /** A piece of reasoning: a summary, unless the provider sends reasoning itself. */
  reasoning(text: string): void {
    if (text === '') return;
    const item = this.#openItem('reasoning');
    const kind = item.parts.at(-1)?.kind;
    const plain = kind === undefined ? this.#output.provided.plainReasoning : kind === 'reasoning_text';
    this.#send(item, plain ? 'reasoning_text' : 'summary_text', text);
  }

  /** Seals are encrypted contents: of the reasoning before them, or of an item of their own. */
  seal({ of, seal, id }: SealChunk): void {
    const output = this.#output;
    const { open } = output.state;
    const ofReasoning = of === 'reasoning' || of === 'redacted';
    // Home's own as it is: OpenAI's clients may look at it. All others say whose they are.
    const value = seal.issuer === homeVendor && of === 'redacted' ? seal.value : wrapSeal(seal, of);
    if (ofReasoning && open?.kind === 'reasoning' && open.encrypted === null) open.encrypted = value;
    else {
      output.closeOpen();
      const source = ofReasoning ? this.#unusedSource('reasoning') : null;
      const base = output.provided.base(source);
      const fields = { summary: [], encrypted_content: value };
      output.state.open = output.add({ kind: 'reasoning', base, source }, fields, id);
      output.state.open.encrypted = value;
    }
    output.closeOpen();
  }

  /** The open item, or a new one. The provider's own borders between items stay borders. */
  #openItem(kind: 'message' | 'reasoning'): Item {
    const output = this.#output;
    const { open } = output.state;
    const current = output.provided.current(kind);
    const same = open !== null && (open.source === current || open.source === null || current === null);
    if (open?.kind === kind && same) return open;
    output.closeOpen();
    const source = this.#unusedSource(kind);
    const base = output.provided.base(source);
    const fields =
      kind === 'message' ? { status: 'in_progress', role: 'assistant', content: [] } : { summary: [] };
    const item = output.add({ kind, base, source }, fields);
    output.state.open = item;
    return item;
  }

  /** The provider's item that is being told, unless the client has been told of it before. */
  #unusedSource(kind: string): number | null {
    const { provided, state } = this.#output;
    const current = provided.current(kind);
    return current === null || state.bySource.has(current) ? null : current;
  }

  #send(item: Item, kind: PartKind, delta: string): void {
    const part = this.#openPart(item, kind);
    part.pieces.push(delta);
    this.#output.emit(deltas[kind], {
      ...placeOf(item, part),
      delta,
      ...(kind === 'output_text' ? { logprobs: [] } : undefined),
    });
  }

  #openPart(item: Item, kind: PartKind): Part {
    const last = item.parts.at(-1);
    if (last?.kind === kind && last.open) return last;
    for (const part of item.parts) if (part.done === null) this.#output.ends.endPart(item, part, null);
    const part = addPart(item, kind);
    const type =
      kind === 'summary_text' ? 'response.reasoning_summary_part.added' : 'response.content_part.added';
    this.#output.emit(type, { ...placeOf(item, part), part: partJson(part, '') });
    return part;
  }
}

/** Where a part is, in the words of its events. */
export function placeOf(item: Item, part: Part) {
  const place = { item_id: item.id, output_index: item.outputIndex };
  return part.kind === 'summary_text'
    ? { ...place, summary_index: part.index }
    : { ...place, content_index: part.index };
}
