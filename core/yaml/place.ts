/** Where something stands in a file; both 1-based, 0 where there is no file. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** The way to a value: object keys and array indexes from the top. */
export type Path = readonly (string | number)[];

/** `server.tls.cert`, `models.smart[1]`: how a path is shown to people. */
export function showPath(path: Path): string {
  return path
    .map((step, index) =>
      typeof step === 'number' ? `[${step}]` : index === 0 ? plainKey(step) : `.${plainKey(step)}`,
    )
    .join('');
}

function plainKey(key: string): string {
  return /^[\w$-]+$/.test(key) ? key : JSON.stringify(key);
}

/** Path as one string, for sets and maps: a JSON pointer. */
export function pathKey(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}

/** A JSON pointer as a path. Digits become indexes; for keys that are digits it makes no difference. */
export function pointerPath(pointer: string): Path {
  return pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));
}
