import { type DestinationStream, type Logger, pino } from 'pino';
import { Secret } from '../../sdk/secret.ts';
import type { Log } from '../../sdk/services.ts';

export { silentLog } from './silent-log.ts';

/** Fields that are never printed, whoever logs them. */
const credentials = new Set([
  'authorization',
  'proxy-authorization',
  'api_key',
  'apikey',
  'x-api-key',
  'api-key',
  'x-goog-api-key',
  'cookie',
  'set-cookie',
  'password',
  'secret',
  'token',
]);
const maxDepth = 6;

/** True where something in the fields has to be masked. Most lines have nothing, and are not copied. */
function holdsCredential(value: object, depth: number): boolean {
  for (const key in value) {
    if (credentials.has(key.toLowerCase())) return true;
    const inner = (value as Record<string, unknown>)[key];
    if (typeof inner === 'object' && inner !== null && depth < maxDepth && holdsCredential(inner, depth + 1))
      return true;
  }
  return false;
}

function mask(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null || depth > maxDepth || value instanceof Secret)
    return value;
  if (Array.isArray(value)) return value.map((item) => mask(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      credentials.has(key.toLowerCase()) ? '[secret]' : mask(inner, depth + 1),
    ]),
  );
}

/** The fields as they may be printed. */
export function maskFields(fields: object): object {
  return holdsCredential(fields, 0) ? (mask(fields, 0) as object) : fields;
}

function wrap(logger: Logger): Log {
  return {
    debug: (fields, message) => {
      if (logger.isLevelEnabled('debug')) logger.debug(maskFields(fields), message);
    },
    info: (fields, message) => {
      if (logger.isLevelEnabled('info')) logger.info(maskFields(fields), message);
    },
    warn: (fields, message) => logger.warn(maskFields(fields), message),
    error: (fields, message) => logger.error(maskFields(fields), message),
    child: (fields) => wrap(logger.child(maskFields(fields))),
  };
}

export interface LogOptions {
  readonly level: string;
  /** Where lines go; standard error by default, written in batches of 32 KiB or what came in 100 ms: a write for every few lines costs more than the lines. */
  readonly destination?: DestinationStream;
}

/** JSON lines. Secrets print as `[secret]` by type, and fields named like credentials are masked besides, at any depth. */
export function createLog({ level, destination }: LogOptions): { log: Log; flush(): void } {
  const stream =
    destination ??
    pino.destination({ dest: 2, sync: false, minLength: 32_768, maxWrite: 65_536, periodicFlush: 100 });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
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
