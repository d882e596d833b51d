import { definePlugin } from '../../sdk/index.ts';
import { type FieldName, type FieldValue, fieldNames, fields } from './fields.ts';

/** Options of the file that configures the plugin. The schema below has the defaults. */
export interface AccessLogOptions {
  readonly fields: readonly FieldName[];
  readonly level: 'debug' | 'info' | 'warn';
}

/**
 * One log line per request, written when the request is over, whatever way it ended.
 *
 * The smallest useful plugin, and a pattern for others: a schema that says what can be configured, `needs` that names
 * every service it uses, and one hook. `settled` decides nothing and runs exactly once for each request, so it is the
 * place for bookkeeping.
 *
 * @example
 * # policies/90-access-log.yaml
 * plugin: access-log
 * fields: [request_id, alias, target, status, duration_ms]
 */
export const accessLog = definePlugin({
  name: 'access-log',
  summary: 'Writes one log line per request.',
  schema: {
    type: 'object',
    properties: {
      fields: {
        type: 'array',
        items: { enum: fieldNames },
        minItems: 1,
        uniqueItems: true,
        default: fieldNames,
        description: 'What a line holds, in this order.',
      },
      level: {
        enum: ['debug', 'info', 'warn'],
        // The level that is on unless someone turned it off.
        default: 'info',
        description: 'Level of the line.',
      },
    },
  },
  needs: ['log'],
  // A log that fails must not take requests down with it.
  onFailure: 'open',

  setup({ fields: chosen, level }: AccessLogOptions, { log }) {
    return {
      settled({ trace }) {
        const line: Record<string, FieldValue> = {};
        for (const name of chosen) line[name] = fields[name](trace);
        log[level](line, 'request');
      },
    };
  },
});
