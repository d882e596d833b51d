import { type BodySize, benchModel, bodyBytes, requestBody } from '../bodies.ts';
import type { MicroRow } from './row.ts';
import { lastResult, sampleCalls } from './sampler.ts';

/** Reads a body and writes another model into it, as every request does at least once. */
export async function measureJsonEdit(name: string, size: BodySize): Promise<MicroRow> {
  const { parseJsonText } = await import('../../../core/body/json-text.ts');
  const { bytes } = requestBody(size, false);
  const edits = [{ pointer: '/model', value: benchModel }];
  const row = sampleCalls(name, () => Buffer.from(parseJsonText(bytes).edit(edits)));
  const edited = lastResult() as Buffer;
  if (edited.length !== bodyBytes[size] + benchModel.length - 'chat'.length) {
    throw new Error(
      `the edited body has ${edited.length} bytes, which is not what an edit of the model gives`,
    );
  }
  return row;
}

/** The same by parsing and printing, the way the bare proxy does it. */
export async function measureParseAndPrint(name: string, size: BodySize): Promise<MicroRow> {
  const { bytes } = requestBody(size, false);
  return sampleCalls(name, () => {
    const body = JSON.parse(bytes.toString('utf8')) as { model: string };
    body.model = benchModel;
    return Buffer.from(JSON.stringify(body));
  });
}
