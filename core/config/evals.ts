import { resolve } from 'node:path';
import { isJsonObject, type Json } from '../../sdk/json.ts';
import { Secret } from '../../sdk/secret.ts';
import { nearest } from '../text/nearest.ts';
import { type ConfigDraft, complain, suggestion } from './draft.ts';
import { type ReadText, whyUnreadable } from './references.ts';

/** A suite that the gateway runs by itself. */
export interface EvalSchedule {
  /** The path as written: it names the suite in metrics, events and the store. */
  readonly suite: string;
  /** Where it is. */
  readonly file: string;
  /** It runs once in each stretch of this many milliseconds, counted from the epoch: with `24h` once a day of UTC. */
  readonly everyMs: number;
  /** Aliases or `provider/model` to ask, in place of the suite's; empty for the suite's own. */
  readonly against: readonly string[];
  /** The virtual key that asks and pays; null for the master key, or for none where none is wanted. */
  readonly key: Secret | null;
  /** Where a suite that gets worse is told; null for the log alone. */
  readonly webhook: Secret | null;
}

const leastEveryMs = 60_000;
const mostEveryMs = 366 * 86_400_000;

interface Sources {
  readonly draft: ConfigDraft;
  /** Folder that paths start from. */
  readonly folder: string;
  readonly readFile: ReadText;
  readonly aliases: readonly string[];
}

/** Reads `evals`; what is wrong with them is a problem of the configuration. */
export async function readEvals(raw: Json | undefined, sources: Sources): Promise<readonly EvalSchedule[]> {
  const { draft, folder, readFile, aliases } = sources;
  const schedules: EvalSchedule[] = [];
  for (const [index, entry] of (Array.isArray(raw) ? (raw as readonly Json[]) : []).entries()) {
    if (!isJsonObject(entry)) continue;
    const { suite, every, against = [], key, webhook } = entry;
    if (typeof suite !== 'string') continue;
    const path = ['evals', index];
    if (schedules.some((other) => other.suite === suite)) {
      complain(draft, [...path, 'suite'], `${suite} is scheduled twice; name all models in one against`);
    }
    if (typeof every === 'number' && (every < leastEveryMs || every > mostEveryMs)) {
      complain(draft, [...path, 'every'], 'expected from 1m to 366d');
    }
    for (const [at, name] of (against as readonly string[]).entries()) {
      if (typeof name !== 'string' || name.includes('/') || aliases.includes(name)) continue;
      const near = suggestion(nearest(name, aliases), aliases);
      complain(draft, [...path, 'against', at], `there is no alias ${name}${near}`);
    }
    if (typeof webhook === 'string' && !/^https?:$/.test(URL.parse(webhook)?.protocol ?? '')) {
      complain(draft, [...path, 'webhook'], 'expected a URL of http or https');
    }
    const file = resolve(folder, suite);
    try {
      await readFile(file);
    } catch (error) {
      complain(draft, [...path, 'suite'], `file ${suite} ${whyUnreadable(error)}`);
    }
    schedules.push({
      suite,
      file,
      everyMs: every as number,
      against: against as readonly string[],
      key: typeof key === 'string' ? new Secret(key) : null,
      webhook: typeof webhook === 'string' ? new Secret(webhook) : null,
    });
  }
  return schedules;
}
