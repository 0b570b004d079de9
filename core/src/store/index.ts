// Where tasks are kept: the interface, the store of this machine, and one in memory for tests.
export type {
  Admission,
  BlobInfo,
  Change,
  Command,
  CommandKind,
  CommitResult,
  CreateOptions,
  ListQuery,
  LogChunk,
  NewEvent,
  Page,
  PostedCommand,
  StoredTask,
  StoreSession,
  TaskStore,
} from './task-store.js';
export {
  claimEpoch,
  isCurrent,
  ownerLiveness,
  readEpoch,
  releaseEpoch,
  type Claimant,
  type EpochOwner,
} from './epoch.js';
export type { FileLayer, OpenFile, OpenMode } from './file-layer.js';
export { LocalStore, type LocalStoreOptions } from './local-store.js';
export { MemoryPlace, MemoryStore, type MemoryStoreOptions } from './memory-store.js';
export { nodeFiles } from './node-files.js';
export { isAlive, processIdentity, type Liveness, type ProcessIdentity } from './process-identity.js';
export type { StoreClock } from './table-store.js';
export { isTaskId, newTaskId, taskDay } from './task-id.js';
