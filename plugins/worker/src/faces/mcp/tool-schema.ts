// A tool's arguments as they are listed. What comes is checked where it is used, by contracts that are compiled already.
import type { StandardSchemaWithJSON } from '@modelcontextprotocol/server';

type JsonObject = Record<string, unknown>;

export function listedSchema<Arguments extends JsonObject>(
  document: JsonObject,
  read: (value: unknown) => Arguments | string,
): StandardSchemaWithJSON<Arguments, Arguments> {
  return {
    '~standard': {
      version: 1,
      vendor: 'agentdispatch',
      jsonSchema: { input: () => document, output: () => document },
      validate: (value) => {
        const found = read(value);
        return typeof found === 'string' ? { issues: [{ message: found }] } : { value: found };
      },
    },
  };
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
