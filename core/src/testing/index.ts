// For those who write stores and providers: the contracts as tests, records to test with, and a clock that tests control.
export { sampleChange, sampleRecord, type SampleOptions } from './sample-task.js';
export { settle, SimulatedClock } from './simulated-clock.js';
export {
  runStoreContract,
  type MortalStore,
  type StoreAbilities,
  type StoreContractOptions,
  type StorePlace,
} from './store-contract.js';
export {
  runProviderContract,
  type ProviderCase,
  type ProviderContractOptions,
  type ProviderWorld,
  type WorldDeadline,
  type WorldRequests,
} from './provider-contract/provider-contract.js';
export {
  PROTOCOL_CELLS,
  runProtocolContract,
  type AgentEnd,
  type AgentScript,
  type ProtocolCell,
  type ProtocolContractOptions,
  type ScriptedAgent,
  type ScriptedFile,
  type ScriptedWork,
} from './protocol-contract/protocol-contract.js';
