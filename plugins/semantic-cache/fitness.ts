import { type Api, isJsonObject, type JsonObject, type RequestView } from '../../sdk/index.ts';

const apis: ReadonlySet<Api> = new Set(['chat', 'completions', 'messages', 'responses']);

/** Fields that make an answer depend on what a provider keeps, or that ask for what a replay could not give. */
const stateful = ['previous_response_id', 'conversation', 'background', 'container', 'mcp_servers'];
const details = ['logprobs', 'top_logprobs', 'audio', 'web_search_options', 'prediction'];

/** Why answers to such a request are never kept; null where they may be. */
export function unfit(view: RequestView, maxTemperature: number): string | null {
  if (!apis.has(view.api)) return 'endpoint';
  const { body } = view;
  if (stateful.some((name) => isSet(body[name]))) return 'stateful';
  // The provider keeps such an answer under an id that clients may refer to later.
  if (view.api === 'responses' && body['store'] !== false) return 'stateful';
  if (details.some((name) => isSet(body[name]))) return 'unreplayable';
  if (countOf(body, 'n') > 1 || countOf(body, 'best_of') > 1) return 'several-choices';
  const { temperature } = body;
  if (typeof temperature === 'number' && temperature > maxTemperature) return 'temperature';
  if (hasServerTool(body)) return 'server-tools';
  return null;
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== 0;
}

function countOf(body: JsonObject, name: string): number {
  const value = body[name];
  return typeof value === 'number' ? value : 1;
}

/** A tool that the provider runs brings in what no request shows: the web, files, the clock. */
function hasServerTool({ tools }: JsonObject): boolean {
  if (!Array.isArray(tools)) return false;
  return tools.some((tool) => {
    const type = isJsonObject(tool) ? tool['type'] : null;
    return type !== undefined && type !== 'function' && type !== 'custom';
  });
}
