// The promises of a protocol driver as tests, against a server with a scripted agent behind it. Needs only a `test` function;
// asserts with node:assert.
import type { ProtocolContractOptions } from './options.js';
import { streamingCases } from './streaming.js';
import { casesFor } from './test-case.js';

export { PROTOCOL_CELLS } from './options.js';
export type {
  AgentEnd,
  AgentScript,
  ProtocolCell,
  ProtocolContractOptions,
  ScriptedAgent,
  ScriptedFile,
  ScriptedWork,
} from './options.js';

export function runProtocolContract(options: ProtocolContractOptions): void {
  const test = casesFor(options);
  streamingCases(test);
}
