/** Node's `inspect.custom` is this symbol in every realm. */
export const inspect = { custom: Symbol.for('nodejs.util.inspect.custom') };
