import type { GuestLog } from './sandbox.ts';

const MAX_LINES = 50;
const MAX_CHARS = 1001;
const LEVELS: readonly string[] = ['debug', 'info', 'warn', 'error'];

/** What guest code printed. The guest caps it already; here the caps are kept. */
export class GuestLogs {
  #lines: GuestLog[] = [];

  add(level: string, text: string): void {
    if (this.#lines.length >= MAX_LINES) return;
    const known = LEVELS.includes(level) ? (level as GuestLog['level']) : 'info';
    // Escape sequences and line breaks would let a policy forge lines of the terminal or of the log file.
    const plain = text.slice(0, MAX_CHARS).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, ' ');
    this.#lines.push({ level: known, text: plain });
  }

  take(): readonly GuestLog[] {
    if (this.#lines.length === 0) return this.#lines;
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}
