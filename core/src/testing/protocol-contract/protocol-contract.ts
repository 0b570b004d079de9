// The promises of a protocol driver as tests, against a server with a scripted agent behind it. Needs only a `test` function;
// asserts with node:assert.
import { badAnswerCases } from './bad-answers.js';
import { cancelCases } from './cancelling.js';
import { declarationCases } from './declarations.js';
import { endingCases } from './endings.js';
import type { ProtocolContractOptions } from './options.js';
import { questionCases } from './questions.js';
import { reconnectCases } from './reconnecting.js';
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
  declarationCases(options);
  streamingCases(test);
  questionCases(test, options);
  cancelCases(test);
  reconnectCases(test);
  endingCases(test);
  badAnswerCases(test);
}
