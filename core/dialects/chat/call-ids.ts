/** Pairs calls with their results where ids are missing: old `function` messages, servers that give none. */
export class CallIds {
  /** Calls of the last assistant message that no result has answered. */
  #open: { readonly id: string; readonly name: string; readonly made: boolean }[] = [];
  #taken = new Set<string>();

  /** A new assistant message begins. */
  begin(): void {
    this.#open = [];
  }

  /**
   * The id of a call: its own, or one made up from its place in the request, the same for the same conversation.
   *
   * @param param the message that made it, such as `messages[3]`.
   * @param position of the call in it.
   */
  of(id: string, name: string, param: string, position: number): string {
    const made = id === '';
    let used = made ? `call_${param.replace(/\D/g, '')}_${position}` : id;
    // A client may have made up the same one.
    while (made && this.#taken.has(used)) used += '_';
    this.#taken.add(used);
    this.#open.push({ id: used, name, made });
    return used;
  }

  /** A result names this call. */
  answered(id: string): string {
    const at = this.#open.findIndex((call) => call.id === id);
    if (at >= 0) this.#open.splice(at, 1);
    return id;
  }

  /** The call that a result without an id answers: the next one of that name, else the next one at all. */
  next(name: string, param: string): string {
    const candidates = this.#open.filter((call) => call.made);
    const pool = candidates.length > 0 ? candidates : this.#open;
    const call = (name === '' ? undefined : pool.find((it) => it.name === name)) ?? pool[0];
    return call === undefined ? `call_none_${param.replace(/\D/g, '')}` : this.answered(call.id);
  }
}
