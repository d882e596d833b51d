import { type DestinationStream, type Logger, pino } from 'pino';
import type { Log } from '../../sdk/services.ts';

const masked = [
  'authorization',
  '*.authorization',
  'api_key',
  '*.api_key',
  '["x-api-key"]',
  '*["x-api-key"]',
  'cookie',
  '*.cookie',
];

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => logger.debug(fields, message),
    info: (fields, message) => logger.info(fields, message),
    warn: (fields, message) => logger.warn(fields, message),
    error: (fields, message) => logger.error(fields, message),
    child: (fields) => wrap(logger.child(fields)),
  };
}

export interface LogOptions {
  readonly level: string;
  /** Where lines go; standard error by default, written in batches of at most 4 KiB or 100 ms. */
  readonly destination?: DestinationStream;
}

/** JSON lines. Secrets print as `[secret]` by type, and well-known credential fields are masked besides. */
export function createLog({ level, destination }: LogOptions): { log: Log; flush(): void } {
  const stream =
    destination ?? pino.destination({ dest: 2, sync: false, minLength: 4096, periodicFlush: 100 });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: masked, censor: '[secret]' },
    },
    stream,
  );
  return {
    log: wrap(logger),
    flush() {
      if ('flushSync' in stream && typeof stream.flushSync === 'function') {
        try {
          stream.flushSync();
        } catch {
          // The descriptor was never opened (a process that ends at once): there is nothing to flush.
        }
      }
    },
  };
}

/** A log that keeps nothing. */
export const silentLog: Log = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLog,
};
