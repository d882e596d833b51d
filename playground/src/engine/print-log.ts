import type { Log } from '../../../sdk/services.ts';
import type { PrintedLine } from './messages.ts';

const maxLines = 500;

/** A log that keeps what policies print, until it is taken. */
export class PrintLog implements Log {
  #lines: PrintedLine[] = [];

  debug(fields: object, message: string): void {
    this.#add('debug', fields, message);
  }

  info(fields: object, message: string): void {
    this.#add('info', fields, message);
  }

  warn(fields: object, message: string): void {
    this.#add('warn', fields, message);
  }

  error(fields: object, message: string): void {
    this.#add('error', fields, message);
  }

  child(): Log {
    return this;
  }

  take(): readonly PrintedLine[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }

  #add(level: PrintedLine['level'], fields: object, text: string): void {
    const { policy, file } = fields as { policy?: unknown; file?: unknown };
    // Only policies print; other lines say what the gateway's owner wants to know.
    if (typeof policy !== 'string' || typeof file !== 'string' || this.#lines.length >= maxLines) return;
    this.#lines.push({ level, policy, file, text });
  }
}
