// The MCP tools as data: all that a front door needs to answer tools/list, without a validator.
export { tools } from './generated/tools.js';
export type { JsonSchema, ToolDocument } from './json-schema.js';
