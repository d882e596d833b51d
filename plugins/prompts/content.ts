import { isJsonObject, type Json, type JsonObject } from '../../sdk/index.ts';
import { parseTemplate, type Template } from './template.ts';
import {
  defaultMaxChars,
  fitting,
  type Variable,
  type Variables,
  type VariableType,
  variableTypes,
} from './variables.ts';

export type PromptRole = 'system' | 'user' | 'assistant';

export interface PromptMessage {
  readonly role: PromptRole;
  readonly template: Template;
}

/** One version of a prompt, ready to be filled in. */
export interface PromptContent {
  readonly description: string;
  readonly variables: Variables;
  readonly messages: readonly PromptMessage[];
  /** Messages for models of one vendor, such as `anthropic`. */
  readonly variants: Readonly<Record<string, readonly PromptMessage[]>>;
  /** Globs of the tenants that may use it; null for all. */
  readonly tenants: readonly string[] | null;
  /** What was read, as it is stored and shown. */
  readonly source: JsonObject;
}

/** What is wrong with a prompt, with the place of it. */
export class PromptFault extends Error {
  override readonly name = 'PromptFault';
}

const members = ['description', 'variables', 'text', 'role', 'messages', 'variants', 'tenants'] as const;
const roles: readonly unknown[] = ['system', 'user', 'assistant'];
const variableName = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;
const maxMessages = 100;
const maxVariables = 100;

/**
 * Reads a version of a prompt: the front matter of a file with its text, or the body of `POST /v1/prompts`.
 *
 * @throws PromptFault
 */
export function readContent(source: JsonObject): PromptContent {
  for (const name of Object.keys(source)) {
    if (!(members as readonly string[]).includes(name)) {
      throw new PromptFault(`${name.slice(0, 60)}: no such member; known are: ${members.join(', ')}`);
    }
  }
  const { description = '', tenants } = source;
  if (typeof description !== 'string') throw wrong('description', 'a text', description);
  if (tenants !== undefined && !isStrings(tenants)) throw wrong('tenants', 'a list of tenants', tenants);
  const variables = readVariables(source['variables']);
  const content: PromptContent = {
    description,
    variables,
    messages: readMessages(source, '', variables),
    variants: readVariants(source['variants'], variables),
    tenants: tenants === undefined ? null : (tenants as readonly string[]),
    source,
  };
  return content;
}

function readVariants(value: Json | undefined, variables: Variables): PromptContent['variants'] {
  const variants: Record<string, readonly PromptMessage[]> = Object.create(null);
  if (value === undefined) return variants;
  if (!isJsonObject(value)) throw wrong('variants', 'messages by vendor', value);
  for (const [vendor, variant] of Object.entries(value)) {
    const at = `variants.${vendor.slice(0, 60)}`;
    const plain = typeof variant === 'string' ? { text: variant } : variant;
    if (!isJsonObject(plain)) throw wrong(at, 'a text, or an object with text or messages', plain);
    for (const name of Object.keys(plain)) {
      if (!['text', 'role', 'messages'].includes(name)) {
        throw new PromptFault(`${at}.${name.slice(0, 60)}: no such member; known are: text, role, messages`);
      }
    }
    variants[vendor] = readMessages(plain, `${at}.`, variables);
  }
  return variants;
}

function readMessages(source: JsonObject, at: string, variables: Variables): readonly PromptMessage[] {
  const { text, messages, role = 'system' } = source;
  if ((text === undefined) === (messages === undefined)) {
    throw new PromptFault(`${at}messages: expected either messages or a text, and not both`);
  }
  if (text !== undefined) return [readMessage({ role, text }, `${at}text`, variables)];
  if (source['role'] !== undefined)
    throw new PromptFault(`${at}role: belongs to a text; messages have their own`);
  if (!Array.isArray(messages) || messages.length === 0 || messages.length > maxMessages) {
    throw wrong(`${at}messages`, `a list of 1 to ${maxMessages} messages`, messages);
  }
  const read = (messages as readonly Json[]).map((message, index) =>
    readMessage(message, `${at}messages[${index}]`, variables),
  );
  const first = read.findIndex((message) => message.role !== 'system');
  if (first !== -1 && read.slice(first).some((message) => message.role === 'system')) {
    throw new PromptFault(`${at}messages: expected those of the system first`);
  }
  return read;
}

function readMessage(message: Json, at: string, variables: Variables): PromptMessage {
  if (!isJsonObject(message)) throw wrong(at, 'an object with role and text', message);
  const { role, text, content = text, ...more } = message;
  if (!roles.includes(role)) throw wrong(`${at}.role`, 'system, user or assistant', role);
  if (Object.keys(more).length > 0) {
    throw new PromptFault(`${at}: expected role and text; came ${Object.keys(more)[0]!.slice(0, 60)}, too`);
  }
  if (typeof content !== 'string' || content.trim() === '') throw wrong(at, 'a text', content);
  let template: Template;
  try {
    template = parseTemplate(content);
  } catch (error) {
    throw new PromptFault(`${at}: ${(error as Error).message}`);
  }
  for (const { name } of template.slots) {
    if (!Object.hasOwn(variables, name)) {
      throw new PromptFault(
        `${at}: {{${name}}} is not among the prompt's variables; name it there with its type`,
      );
    }
  }
  return { role: role as PromptRole, template };
}

function readVariables(value: Json | undefined): Variables {
  const variables: Record<string, Variable> = Object.create(null);
  if (value === undefined) return variables;
  if (!isJsonObject(value) || Object.keys(value).length > maxVariables) {
    throw wrong('variables', `at most ${maxVariables} variables by name`, value);
  }
  for (const [name, variable] of Object.entries(value)) {
    if (!variableName.test(name)) {
      throw new PromptFault(
        `variables: expected names of letters, digits and "_"; came ${JSON.stringify(name.slice(0, 60))}`,
      );
    }
    variables[name] = readVariable(
      typeof variable === 'string' ? { type: variable } : variable,
      `variables.${name}`,
    );
  }
  return variables;
}

function readVariable(value: Json | undefined, at: string): Variable {
  if (!isJsonObject(value)) throw wrong(at, 'a type, or an object with a type', value);
  const {
    type = 'string',
    required,
    default: fallback,
    values,
    max_chars: maxChars = defaultMaxChars,
  } = value;
  for (const name of Object.keys(value)) {
    if (!['type', 'required', 'default', 'values', 'max_chars', 'description'].includes(name)) {
      throw new PromptFault(
        `${at}.${name.slice(0, 60)}: no such member; known are: type, required, default, values, max_chars, description`,
      );
    }
  }
  if (!(variableTypes as readonly unknown[]).includes(type)) {
    throw wrong(`${at}.type`, variableTypes.join(', '), type);
  }
  if (required !== undefined && typeof required !== 'boolean') {
    throw wrong(`${at}.required`, 'true or false', required);
  }
  if ((type === 'enum') !== (isStrings(values) && values.length > 0)) {
    throw wrong(`${at}.values`, type === 'enum' ? 'a list of texts' : 'nothing but for an enum', values);
  }
  if (!Number.isInteger(maxChars) || (maxChars as number) < 1 || (maxChars as number) > 1_000_000) {
    throw wrong(`${at}.max_chars`, 'a whole number from 1 to 1000000', maxChars);
  }
  const variable: Variable = {
    type: type as VariableType,
    required: required === undefined ? fallback === undefined : (required as boolean),
    fallback,
    values: (values ?? []) as readonly string[],
    maxChars: maxChars as number,
  };
  if (fallback === undefined) return variable;
  if (variable.required)
    throw new PromptFault(`${at}: a variable with a default is not required; leave one of them out`);
  if (fitting(variable, fallback) === undefined)
    throw wrong(`${at}.default`, `a value of type ${String(type)}`, fallback);
  return variable;
}

function isStrings(value: Json | undefined): value is readonly string[] {
  return Array.isArray(value) && (value as readonly Json[]).every((item) => typeof item === 'string');
}

function wrong(at: string, expected: string, came: Json | undefined): PromptFault {
  const kind =
    came === undefined
      ? 'nothing'
      : came === null
        ? 'null'
        : Array.isArray(came)
          ? 'a list'
          : `a ${typeof came}`;
  return new PromptFault(`${at}: expected ${expected}; came ${kind}`);
}
