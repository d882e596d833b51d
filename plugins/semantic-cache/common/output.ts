import type { JsonObject } from '../../../sdk/index.ts';
import { booleanIn, type CommonForm, isSet, objectIn, onlyMembers, textIn, Uncommon } from './form.ts';

/**
 * What the answer must look like, from a format as the Responses API writes it. Whether a schema is strict must be said:
 * endpoints differ where it is not.
 */
export function outputIn(format: JsonObject): Pick<CommonForm, 'output'> {
  switch (format['type']) {
    case 'text':
      onlyMembers(format, ['type']);
      return {};
    case 'json_object':
      onlyMembers(format, ['type']);
      return { output: 'json' };
    case 'json_schema': {
      onlyMembers(format, ['type', 'name', 'description', 'schema', 'strict']);
      const { name, description, schema, strict } = format;
      return {
        output: {
          name: textIn(name),
          description: isSet(description) ? textIn(description) : '',
          schema: objectIn(schema),
          strict: booleanIn(strict),
        },
      };
    }
    default:
      throw new Uncommon();
  }
}
