// Where tasks are kept: the interface, the store of this machine, and one in memory for tests.
export type {
  Admission,
  BlobContent,
  BorrowedFile,
  ByteFilter,
  Change,
  Command,
  CommitResult,
  CreateOptions,
  ListQuery,
  NewEvent,
  NewValues,
  PostedCommand,
  Slot,
  StoredTask,
  TaskStore,
} from './task-store.js';
export { AuditFiles, type AuditTrail } from './audit-file.js';
export { LocalStore, type LocalStoreOptions } from './local-store.js';
export { MemoryPlace, MemoryStore } from './memory-store.js';
export { makePrivateDirectory } from './private-directory.js';
export { Retention } from './retention.js';
export { isTaskId, newTaskId } from './task-id.js';
