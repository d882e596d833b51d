import { createRequire } from 'node:module';
import type { Data, FixedSizeList, RecordBatch, Schema, Table } from 'apache-arrow';
import type { PurgeFilter } from '../purge-log.ts';
import type { LanceRows } from './lance-message.ts';
import { namespaceKey, rowKey, tagKey, tenantKey } from './namespace-key.ts';

// LanceDB loads Arrow as CommonJS. The same copy, or each table is taken apart and put together again.
const arrow = createRequire(import.meta.url)('apache-arrow') as typeof import('apache-arrow');

/** In the metadata of each table. A table of a higher version is left alone. */
export const versionKey = 'sluice.vectors.version';
export const schemaVersion = 1;
/** Instead of Infinity, the last moment that a `Date` knows. */
const never = 8.64e15;

/** The predicate that holds for what a filter names. */
export function predicateOf({ namespace, tenant, tag }: PurgeFilter): string {
  const parts: string[] = [];
  if (namespace !== undefined) parts.push(`namespace_key = '${namespaceKey(namespace)}'`);
  if (tenant !== undefined) parts.push(`tenant_key = '${tenantKey(tenant)}'`);
  if (tag !== undefined) parts.push(`contains(tag_keys, '${tagKey(tag)}')`);
  return parts.length === 0 ? 'true' : parts.join(' AND ');
}

const texts = ['row_key', 'namespace_key', 'tenant_key', 'tag_keys', 'id', 'meta', 'tenant', 'tags'] as const;

export function lanceSchema(dimensions: number): Schema {
  const item = new arrow.Field('item', new arrow.Float32(), true);
  return new arrow.Schema(
    [
      ...texts.map((name) => new arrow.Field(name, new arrow.Utf8(), false)),
      new arrow.Field('added_at_ms', new arrow.Float64(), false),
      new arrow.Field('expires_at_ms', new arrow.Float64(), false),
      new arrow.Field('vector', new arrow.FixedSizeList(dimensions, item), false),
    ],
    new Map([[versionKey, `${schemaVersion}`]]),
  );
}

/** Columns that a table of entries must have to be ours. */
export const columnNames: readonly string[] = [...texts, 'added_at_ms', 'expires_at_ms', 'vector'];

/** The log of what was removed, beside the tables of entries. */
export const logTable = {
  name: 'removals',
  columns: ['id', 'writer', 'at_ms', 'change'],
  schema: (): Schema =>
    new arrow.Schema(
      [
        new arrow.Field('id', new arrow.Utf8(), false),
        new arrow.Field('writer', new arrow.Utf8(), false),
        new arrow.Field('at_ms', new arrow.Float64(), false),
        // JSON text.
        new arrow.Field('change', new arrow.Utf8(), false),
      ],
      new Map([[versionKey, `${schemaVersion}`]]),
    ),
};

export function toTable(rows: LanceRows, nowMs: number): Table {
  const { dimensions, namespaces, ids } = rows;
  const schema = lanceSchema(dimensions);
  const { length } = ids;
  const columns: Data[] = [
    utf8(ids.map((id, at) => rowKey(namespaces[at]!, id))),
    utf8(namespaces.map(namespaceKey)),
    utf8(rows.tenants.map((tenant) => (tenant === '' ? '' : tenantKey(tenant)))),
    utf8(rows.tags.map((tags) => tags.map(tagKey).join(' '))),
    utf8(ids),
    utf8(rows.metas),
    utf8(rows.tenants),
    utf8(rows.tags.map((tags) => JSON.stringify(tags))),
    float64(new Float64Array(length).fill(nowMs)),
    float64(rows.expiresAtMs.map((atMs) => Math.min(atMs, never))),
    arrow.makeData({
      type: schema.fields.at(-1)!.type,
      length,
      nullCount: 0,
      child: arrow.makeData({
        type: new arrow.Float32(),
        data: rows.vectors,
        length: rows.vectors.length,
        nullCount: 0,
      }),
    }),
  ];
  const type = new arrow.Struct(schema.fields);
  const batch = new arrow.RecordBatch(
    schema,
    arrow.makeData({ type, length, nullCount: 0, children: columns }),
  );
  return new arrow.Table(schema, [batch]);
}

/** The columns that a reading asks for. */
export const readColumns = ['id', 'meta', 'tenant', 'tags', 'expires_at_ms', 'vector'];

/** How many of the first rows are within a number of bytes, at least one and at most `most`. */
export function rowsIn(batch: RecordBatch, bytes: number, most: number): number {
  const metas = batch.getChild('meta')!.data[0]!.valueOffsets as Int32Array;
  const vectorBytes =
    (batch.schema.fields.find(({ name }) => name === 'vector')!.type as FixedSizeList).listSize * 4;
  const last = Math.min(batch.numRows, most);
  let count = 1;
  while (count < last && metas[count + 1]! - metas[0]! + (count + 1) * vectorBytes <= bytes) count += 1;
  return count;
}

export function fromBatch(batch: RecordBatch, namespace: string, dimensions: number): LanceRows {
  const texts = (name: string) => Array.from(batch.getChild(name)!, String);
  const vectors = new Float32Array(batch.numRows * dimensions);
  const column = batch.getChild('vector')!;
  for (let row = 0; row < batch.numRows; row += 1) vectors.set(toFloats(column.get(row)), row * dimensions);
  return {
    dimensions,
    namespaces: [namespace],
    ids: texts('id'),
    metas: texts('meta'),
    tenants: texts('tenant'),
    tags: texts('tags').map(toTags),
    expiresAtMs: Float64Array.from(batch.getChild('expires_at_ms')!, (value) =>
      Number(value) >= never ? Number.POSITIVE_INFINITY : Number(value),
    ),
    vectors,
  };
}

export function toTags(text: string): string[] {
  const tags: unknown = JSON.parse(text);
  return Array.isArray(tags) ? tags.map(String) : [];
}

function toFloats(value: unknown): Float32Array {
  return (value as { toArray(): Float32Array }).toArray();
}

// Each column needs an ArrayBuffer of its own: Arrow's writer (18.1, `collapseContiguousByteRanges`) takes neighbours in
// one buffer for one range, and what follows is shifted.

function utf8(values: readonly string[]): Data {
  const encoder = new TextEncoder();
  const pieces = values.map((value) => encoder.encode(value));
  const valueOffsets = new Int32Array(values.length + 1);
  for (let at = 0; at < pieces.length; at += 1) valueOffsets[at + 1] = valueOffsets[at]! + pieces[at]!.length;
  const data = new Uint8Array(valueOffsets[values.length]!);
  for (let at = 0; at < pieces.length; at += 1) data.set(pieces[at]!, valueOffsets[at]!);
  return arrow.makeData({
    type: new arrow.Utf8(),
    length: values.length,
    nullCount: 0,
    valueOffsets,
    data,
  });
}

function float64(data: Float64Array): Data {
  return arrow.makeData({ type: new arrow.Float64(), data, length: data.length, nullCount: 0 });
}
