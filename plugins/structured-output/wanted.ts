import { hash } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject, type RequestView } from '../../sdk/index.ts';

/** A schema that something must meet. */
export interface WantedSchema {
  /** Where it stands in the request, such as `response_format`. */
  readonly where: string;
  readonly schema: JsonObject;
  /** Its JSON and the hash of it. */
  readonly text: string;
  readonly key: string;
}

/** What a request wants of its answer. */
export interface Wanted {
  readonly answer: WantedSchema | null;
  /** By the tool's name; empty where tools are not checked. */
  readonly tools: ReadonlyMap<string, WantedSchema>;
}

const anyObject: JsonObject = { type: 'object' };
export const wantsNothing: Wanted = { answer: null, tools: new Map() };

/** Reads what a request wants, in its own dialect: `response_format`, `text.format`, `output_config.format`, tools. */
export function wantedOf(view: RequestView, { tools, json }: { tools: boolean; json: boolean }): Wanted {
  if (view.api !== 'chat' && view.api !== 'messages' && view.api !== 'responses') return wantsNothing;
  const answer = formatOf(view, json);
  const withTools = tools && view.tools.length > 0;
  if (answer === null && !withTools) return wantsNothing;
  return { answer, tools: withTools ? toolsOf(view.body) : wantsNothing.tools };
}

function formatOf({ api, body }: RequestView, json: boolean): WantedSchema | null {
  const place = placeOf(api, body);
  if (place === null || !isJsonObject(place.format)) return null;
  const { where, format } = place;
  if (format['type'] === 'json_object') return json ? wanted(where, anyObject) : null;
  if (format['type'] !== 'json_schema') return null;
  const spec = api === 'chat' ? format['json_schema'] : format;
  const schema = isJsonObject(spec) ? spec['schema'] : undefined;
  return wanted(where, isJsonObject(schema) ? schema : {});
}

function placeOf(api: string, body: JsonObject): { where: string; format: Json | undefined } | null {
  if (api === 'chat') return { where: 'response_format', format: body['response_format'] };
  if (api === 'responses') {
    const text = body['text'];
    return { where: 'text.format', format: isJsonObject(text) ? text['format'] : undefined };
  }
  const config = body['output_config'];
  const format = isJsonObject(config) ? config['format'] : undefined;
  if (isJsonObject(format)) return { where: 'output_config.format', format };
  return { where: 'output_format', format: body['output_format'] };
}

function toolsOf(body: JsonObject): Map<string, WantedSchema> {
  const found = new Map<string, WantedSchema>();
  const tools = body['tools'];
  for (const [index, tool] of (Array.isArray(tools) ? (tools as readonly Json[]) : []).entries()) {
    if (!isJsonObject(tool)) continue;
    // Chat wraps a function once more; messages calls the schema input_schema.
    const own = isJsonObject(tool['function']) ? tool['function'] : tool;
    const schema = own['parameters'] ?? own['input_schema'];
    if (typeof own['name'] === 'string' && isJsonObject(schema)) {
      found.set(own['name'], wanted(`tools[${index}]`, schema));
    }
  }
  return found;
}

function wanted(where: string, schema: JsonObject): WantedSchema {
  const text = JSON.stringify(schema);
  return { where, schema, text, key: hash('sha256', text, 'base64url') };
}
