// For programs that are a dispatcher themselves and put parts of their own between ours: under the store, before the
// engine, around the calls that are answered. No front door loads this.
export { configOf } from './connect.js';
export { createHost, type Host, type HostOptions } from './container.js';
export type { EnginePorts } from './engine/index.js';
export { serveDispatcher, type ServeOptions } from './serve-dispatcher.js';
export type { FileLayer, OpenFile, OpenMode } from './store/file-layer.js';
export { nodeFiles } from './store/node-files.js';
