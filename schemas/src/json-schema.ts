// The shapes of JSON Schema and of tool documents, as far as this project needs to look into them.

/** A JSON Schema 2020-12 document of type object, or a part of one. */
export type JsonSchema = { readonly [keyword: string]: unknown };

/** One MCP tool: a static description and self-contained schemas. */
export interface ToolDocument {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly annotations: Readonly<Record<string, boolean>>;
  readonly inputSchema: JsonSchema;
  readonly outputSchema: JsonSchema;
}
