import { isJsonObject, type Json, type JsonObject } from '../../../sdk/json.ts';
import type { YamlDocument } from '../../yaml/document.ts';
import { type Path, pathKey, showPath } from '../../yaml/place.ts';

/**
 * What became of a value. `todo`: nothing was written for it and something is lost. `unneeded`: Sluice does so anyway, or
 * the setting is about a part that Sluice does not have. `changed`: it was written, and means something a little else.
 */
export type FindingKind = 'todo' | 'unneeded' | 'changed';

/** One line of the list that an import ends with. */
export interface Finding {
  readonly file: string;
  /** Both 1-based. */
  readonly line: number;
  readonly column: number;
  /** Such as `model_list[0].litellm_params.rpm`. */
  readonly key: string;
  readonly kind: FindingKind;
  /** What it means here and what to do. Holds no value of the file: values may be secrets. */
  readonly message: string;
}

/** Where the value of a leaf went. */
export interface Mapping {
  readonly line: number;
  readonly key: string;
  /** Such as `gateway.yaml providers.openai.api_key`. */
  readonly to: string;
}

/**
 * The file that is imported. It keeps account of every leaf, so that none is forgotten: a leaf is mapped, or it is
 * listed.
 */
export class Source {
  readonly #document: YamlDocument;
  readonly #mapped = new Map<string, Mapping>();
  readonly #listed = new Set<string>();
  readonly #findings: Finding[] = [];

  constructor(document: YamlDocument) {
    this.#document = document;
  }

  get root(): SourceNode {
    return new SourceNode(this, [], this.#document.value ?? {});
  }

  get findings(): readonly Finding[] {
    return this.#findings.toSorted((a, b) => a.line - b.line || a.column - b.column);
  }

  get mappings(): readonly Mapping[] {
    return [...this.#mapped.values()].toSorted((a, b) => a.line - b.line);
  }

  map(path: Path, value: Json, to: string): void {
    const { line } = this.#placeOf(path);
    for (const leaf of leavesOf(value, path)) {
      this.#mapped.set(pathKey(leaf), { line, key: showPath(leaf), to });
      this.#listed.delete(pathKey(leaf));
    }
  }

  list(path: Path, value: Json, kind: FindingKind, message: string): void {
    const place = this.#placeOf(path);
    this.#findings.push({ file: this.#document.file, ...place, key: showPath(path), kind, message });
    for (const leaf of leavesOf(value, path)) {
      if (!this.#mapped.has(pathKey(leaf))) this.#listed.add(pathKey(leaf));
    }
  }

  /** Says that nothing came of values that were taken for mapped before. */
  forget(path: Path, value: Json): void {
    for (const leaf of leavesOf(value, path)) this.#mapped.delete(pathKey(leaf));
  }

  #placeOf(path: Path) {
    return this.#document.position(path, typeof path.at(-1) === 'number' ? 'value' : 'key');
  }

  /** The largest parts of the file of which no leaf was looked at, in the order of the file. */
  rest(): SourceNode[] {
    const found: SourceNode[] = [];
    const visit = (node: SourceNode): void => {
      const leaves = leavesOf(node.value, node.path);
      const open = leaves.filter((leaf) => !this.isAccounted(leaf));
      if (open.length === 0) return;
      if (open.length === leaves.length && !isSection(node)) found.push(node);
      else for (const child of node.children()) visit(child);
    };
    visit(this.root);
    return found;
  }

  isAccounted(leaf: Path): boolean {
    const key = pathKey(leaf);
    return this.#mapped.has(key) || this.#listed.has(key);
  }
}

/** Sections are never told of as one: each setting in them means something else. */
function isSection({ path, value }: SourceNode): boolean {
  if (path.length === 0) return true;
  if (typeof value !== 'object' || value === null || Object.keys(value).length === 0) return false;
  const [top, second, third] = path;
  if (top === 'model_list') return path.length <= 2 || (path.length === 3 && third === 'litellm_params');
  const isSettings = /^(litellm|general|router)_settings$/.test(String(top));
  // Each callback is another one.
  return (
    isSettings && (path.length === 1 || (path.length === 2 && /^cache_params$|callback/.test(String(second))))
  );
}

/** A value of the file and where it stands. */
export class SourceNode {
  readonly #source: Source;
  readonly path: Path;
  readonly value: Json;

  constructor(source: Source, path: Path, value: Json) {
    this.#source = source;
    this.path = path;
    this.value = value;
  }

  /** The value under a key, also one that is merged in (`<<`); undefined where there is none, or none but null. */
  get(key: string): SourceNode | undefined {
    if (!isJsonObject(this.value)) return undefined;
    if (Object.hasOwn(this.value, key)) return this.#child([key], this.value[key]);
    if (key === '<<' || !Object.hasOwn(this.value, '<<')) return undefined;
    const merged = this.#child(['<<'], this.value['<<']);
    if (merged === undefined) return undefined;
    if (!Array.isArray(merged.value)) return merged.get(key);
    return merged
      .children()
      .map((one) => one.get(key))
      .find((one) => one !== undefined);
  }

  #child(steps: Path, value: Json | undefined): SourceNode | undefined {
    if (value === undefined || value === null) return undefined;
    return new SourceNode(this.#source, [...this.path, ...steps], value);
  }

  /** Entries of an object or a list; none of anything else. */
  children(): SourceNode[] {
    if (Array.isArray(this.value)) {
      return (this.value as readonly Json[]).map(
        (item, index) => new SourceNode(this.#source, [...this.path, index], item),
      );
    }
    if (!isJsonObject(this.value)) return [];
    return Object.entries(this.value).map(
      ([key, item]) => new SourceNode(this.#source, [...this.path, key], item ?? null),
    );
  }

  /** The last step of the path. */
  get name(): string {
    return String(this.path.at(-1) ?? '');
  }

  get text(): string | undefined {
    return typeof this.value === 'string' ? this.value : undefined;
  }

  /** A number, also one in quotes. */
  get number(): number | undefined {
    if (typeof this.value === 'number') return this.value;
    const text = this.text?.trim();
    return text !== undefined && /^\d+(\.\d+)?(e-?\d+)?$/i.test(text) ? Number(text) : undefined;
  }

  /** True for `true`, and for the word in quotes. */
  get isTrue(): boolean {
    return this.value === true || /^true$/i.test(this.text ?? '');
  }

  /** Says that the value, with everything in it, was written. */
  map(to: string): this {
    this.#source.map(this.path, this.value, to);
    return this;
  }

  /** Says that the value is left out with everything in it, also what was taken for mapped before. */
  leaveOut(message: string): this {
    this.#source.forget(this.path, this.value);
    return this.list('todo', message);
  }

  /** Says that the value, with everything in it that was not written, is listed. */
  list(kind: FindingKind, message: string): this {
    this.#source.list(this.path, this.value, kind, message);
    return this;
  }
}

/** Paths of the values that hold no others; empty objects and lists are leaves too. */
export function leavesOf(value: Json, path: Path = []): Path[] {
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? (value as readonly Json[]).map((item, index) => [index, item] as const)
    : isJsonObject(value)
      ? Object.entries(value as JsonObject).map(([key, item]) => [key, item ?? null] as const)
      : [];
  if (entries.length === 0) return [path];
  return entries.flatMap(([step, item]) => leavesOf(item, [...path, step]));
}
