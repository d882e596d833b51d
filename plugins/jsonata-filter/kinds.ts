import { isJsonObject, type OpaqueChunk } from '../../sdk/index.ts';

/** True for what belongs to a text that goes on after it: a field of its delta, an annotation, a citation. */
export function beside({ name, value }: OpaqueChunk): boolean {
  if (name === 'annotations') return true;
  return isJsonObject(value) && ('fields' in value || value['type'] === 'content_block_delta');
}
