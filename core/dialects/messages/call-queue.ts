import type { Chunk, SealChunk, ToolCallChunk } from '../../../sdk/chunk.ts';
import type { Seal } from '../../../sdk/seal.ts';
import { fitId } from '../../../sdk/translate/ids.ts';

/** A tool call on its way to the client. */
export interface Call {
  readonly index: number;
  id: string | undefined;
  name: string | undefined;
  /** Arguments that have not been written. */
  readonly pieces: string[];
  hasArguments: boolean;
  seal: Seal | null;
  /** Its block is open at the client. */
  open: boolean;
  /** Nothing more comes for it. */
  over: boolean;
}

/** The form of ids that Anthropic takes back. */
const idForm = /^[a-zA-Z0-9_-]{1,128}$/;

/** Calls, and what came after them, in the order in which the client gets them. */
export class CallQueue {
  readonly #answerId: string;
  readonly #calls = new Map<number, Call>();
  /** Seals that came before their calls; those without a number belong to the next one, under -1. */
  readonly #seals = new Map<number, Seal>();
  #items: (Call | Chunk)[] = [];
  #at = 0;
  /** The call whose first chunk was the last thing that came: its seal may still follow. */
  #fresh: Call | null = null;

  constructor(answerId: string) {
    this.#answerId = answerId.replace(/[^a-zA-Z0-9]/g, '').slice(-24);
  }

  get empty(): boolean {
    return this.#items.length === 0;
  }

  get head(): Call | Chunk | undefined {
    return this.#items[this.#at];
  }

  /** The call at the head, where its block is open. */
  get openCall(): Call | null {
    const { head } = this;
    return head !== undefined && !('type' in head) && head.open ? head : null;
  }

  add(chunk: ToolCallChunk): void {
    let call = this.#calls.get(chunk.index);
    if (call === undefined) {
      call = this.#make(chunk.index);
      this.#fresh = call.seal === null ? call : null;
      this.#items.push(call);
    } else this.#fresh = null;
    if (chunk.id !== undefined && chunk.id !== '') call.id ??= chunk.id;
    if (chunk.name !== undefined && chunk.name !== '') call.name ??= chunk.name;
    if (chunk.arguments !== '' && !this.#gone(call)) call.pieces.push(chunk.arguments);
  }

  /** A seal of a call that has been told already is lost: it would have to stand before it. */
  seal({ seal, call: index }: SealChunk): void {
    const call = index === undefined ? this.#fresh : this.#calls.get(index);
    this.#fresh = null;
    if (call === null || call === undefined) this.#seals.set(index ?? -1, seal);
    else if (!call.open) call.seal ??= seal;
  }

  /** Anything that comes after a call. */
  wait(chunk: Chunk): void {
    this.#fresh = null;
    this.#items.push(chunk);
  }

  /** A call that somebody else has opened. */
  adopt(index: number): void {
    const call = this.#calls.get(index) ?? this.#make(index);
    call.open = true;
    call.over = false;
    this.#fresh = null;
    this.#items.push(call);
  }

  ready(call: Call): boolean {
    return call.over || (call.name !== undefined && call !== this.#fresh);
  }

  /** The id and name that the client gets; made up, always alike, where the provider gave none. */
  identify(call: Call): { readonly id: string; readonly name: string } {
    const id = call.id ?? `toolu_${this.#answerId}_${call.index}`;
    return { id: fitId(id, idForm, 'toolu_', 30), name: call.name ?? 'unknown' };
  }

  finish(index: number): void {
    const call = this.#calls.get(index);
    if (call !== undefined) call.over = true;
    if (this.#fresh === call) this.#fresh = null;
  }

  finishAll(): void {
    for (const item of this.#items) if (!('type' in item)) item.over = true;
    this.#fresh = null;
  }

  /** The call's block is closed. */
  closed(call: Call): void {
    call.open = false;
    call.over = true;
    this.next();
  }

  /** Goes on to what comes after the head. */
  next(): void {
    this.#at++;
    if (this.#at < this.#items.length) return;
    this.#items = [];
    this.#at = 0;
  }

  #gone(call: Call): boolean {
    return call.over && !call.open && !this.#items.includes(call, this.#at);
  }

  #make(index: number): Call {
    const seal = this.#seals.get(index) ?? this.#seals.get(-1) ?? null;
    this.#seals.delete(this.#seals.has(index) ? index : -1);
    const call: Call = {
      index,
      id: undefined,
      name: undefined,
      pieces: [],
      hasArguments: false,
      seal,
      open: false,
      over: false,
    };
    this.#calls.set(index, call);
    return call;
  }
}
