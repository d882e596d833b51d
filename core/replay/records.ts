import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { createInterface } from 'node:readline';
import { isJsonObject, type Json } from '../../sdk/json.ts';
import type { Given } from '../policy-test/case.ts';
import { readGiven } from '../policy-test/cases.ts';
import { formatProblem } from '../problem.ts';
import { documentOf } from '../yaml/document.ts';
import { recordingFiles } from './recordings.ts';

/** One recorded request: the facts of a policy test, one JSON object a line. Its `seed` is its request id. */
export interface RecordedRequest {
  readonly line: number;
  readonly id: string;
  readonly given: Given;
}

/** A line that is no record. */
export interface BrokenRecord {
  readonly line: number;
  readonly problem: string;
}

/** Longer than any body that a gateway takes by default. */
const maxLineChars = 32 * 1_048_576;

/**
 * Reads records one by one, so that a file may be larger than the memory.
 *
 * @param sinceMs only those from then on; records that do not say when (`now`) are always read.
 * @throws Error with the code of the file system where the file cannot be read.
 */
export async function* readRecords(
  path: string,
  sinceMs: number | null,
): AsyncGenerator<RecordedRequest | BrokenRecord> {
  const lines = createInterface({
    input: createReadStream(path, 'utf8'),
    crlfDelay: Number.POSITIVE_INFINITY,
  });
  let line = 0;
  for await (const text of lines) {
    line += 1;
    if (text.trim() === '') continue;
    const record = recordOf(text, line);
    if ('given' in record && sinceMs !== null && record.given.now !== undefined) {
      if (Date.parse(record.given.now) < sinceMs) continue;
    }
    yield record;
  }
}

/**
 * Reads the requests that a gateway recorded (`telemetry.capture`), the oldest file first.
 *
 * @param folder of the recordings.
 */
export async function* readRecordings(
  folder: string,
  sinceMs: number | null,
): AsyncGenerator<RecordedRequest | BrokenRecord> {
  for (const path of await recordingFiles(folder)) {
    try {
      for await (const record of readRecords(path, sinceMs)) {
        yield 'given' in record ? record : { ...record, problem: `${basename(path)}: ${record.problem}` };
      }
    } catch (error) {
      // The gateway deletes what is too old meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** The recorded request of an id; undefined where there is none. */
export async function findRecording(folder: string, requestId: string): Promise<RecordedRequest | undefined> {
  for await (const record of readRecordings(folder, null)) {
    if ('given' in record && record.id === requestId) return record;
  }
  return undefined;
}

function recordOf(text: string, line: number): RecordedRequest | BrokenRecord {
  if (text.length > maxLineChars) return { line, problem: `expected at most ${maxLineChars} characters` };
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return { line, problem: 'expected one JSON object a line' };
  }
  if (!isJsonObject(value)) return { line, problem: 'expected a JSON object' };
  const { given, problems } = readGiven({
    ...documentOf(value, 'record'),
    position: () => ({ line: 0, column: 0 }),
  });
  const [problem] = problems;
  if (problem !== undefined) return { line, problem: formatProblem(problem).replace(/^record: error: /, '') };
  return { line, id: given.seed === undefined ? `line ${line}` : String(given.seed), given };
}
