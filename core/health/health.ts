import type { Health, HealthState } from '../../sdk/health.ts';
import type { Clock } from '../../sdk/services.ts';
import { OpenCall } from './call.ts';
import { HealthRecord } from './record.ts';

/** Model names can come from clients: beyond this many ids the oldest is forgotten. */
const maxIds = 1000;

/**
 * What attempts taught about each target and key, in the memory of this process. Nothing runs by itself; a call costs
 * the same however many there were.
 */
export function createHealth({ clock }: { readonly clock: Clock }): Health {
  /** In the order in which they were last asked. */
  const records = new Map<string, HealthRecord>();
  let newest: HealthRecord | null = null;

  function recordOf(id: string): HealthRecord {
    const found = records.get(id);
    if (found !== undefined) return found;
    if (records.size >= maxIds) forgetOne();
    const made = new HealthRecord(id);
    records.set(id, made);
    newest = made;
    return made;
  }

  /** The oldest that nothing is known of worth keeping; else the oldest without calls under way; else the oldest. */
  function forgetOne(): void {
    const nowMs = clock.monotonic();
    let idle: HealthRecord | null = null;
    let oldest: HealthRecord | null = null;
    for (const record of records.values()) {
      if (!record.holds(nowMs)) {
        records.delete(record.id);
        return;
      }
      oldest ??= record;
      if (record.inFlight === 0) idle ??= record;
    }
    records.delete((idle ?? oldest)!.id);
  }

  return {
    enter(id, rule, capacity) {
      const nowMs = clock.monotonic();
      const record = recordOf(id);
      const wait = record.wait(rule, capacity, nowMs);
      if (wait !== null) return wait;
      if (record !== newest) {
        records.delete(id);
        records.set(id, record);
        newest = record;
      }
      const probe = record.begin(rule, nowMs);
      return new OpenCall(record, rule, probe, clock, nowMs);
    },
    of: (id) => records.get(id)?.state(clock.monotonic()) ?? unknown(id),
    all() {
      const nowMs = clock.monotonic();
      const states: HealthState[] = [];
      for (const record of records.values()) if (record.asked) states.push(record.state(nowMs));
      return states;
    },
    earnRetry(id, ratio) {
      recordOf(id).credit.earn(ratio);
    },
    allowRetry: (id) => recordOf(id).credit.take(),
  };
}

function unknown(id: string): HealthState {
  return {
    id,
    breaker: 'closed',
    waitMs: 0,
    successes: 0,
    failures: 0,
    consecutiveFailures: 0,
    lastFailure: null,
    inFlight: 0,
    latencyMs: null,
  };
}
