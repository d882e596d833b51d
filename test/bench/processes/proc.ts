import { readFileSync } from 'node:fs';

/** Clock ticks per second in `/proc`: 100 on every Linux that Node runs on. */
const microsPerTick = 10_000;

/** False where the system has no `/proc`; then CPU and memory are not measured. */
export function hasProc(): boolean {
  return read('/proc/self/stat') !== null;
}

/**
 * CPU time that a process has used so far, user and system, all threads, in microseconds; NaN where it cannot
 * be read. Exact to 10 ms.
 */
export function cpuUs(pid: number): number {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === null) return Number.NaN;
  // The second field is the command's name and may contain spaces and parentheses.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * microsPerTick;
}

/** Memory that a process has in RAM, in MiB; NaN where it cannot be read. */
export function rssMb(pid: number): number {
  const line = /^VmRSS:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/status`) ?? '');
  return line === null ? Number.NaN : Number(line[1]) / 1024;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
