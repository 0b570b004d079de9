// For those who write stores and providers: the contracts as tests, and records to test with.
export { sampleChange, sampleRecord, type SampleOptions } from './sample-task.js';
export { runStoreContract, type StoreContractOptions, type StorePlace } from './store-contract.js';
