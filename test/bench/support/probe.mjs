// Loaded into a dispatcher that is measured (node --import): counts its syncs, and tells them, its memory and its
// processor time over the IPC channel. A dispatcher whose benchmark has died ends with it.
import { open } from 'node:fs/promises';

const counts = { datasyncs: 0, syncs: 0 };

const handle = await open(process.execPath, 'r');
const prototype = Object.getPrototypeOf(handle);
await handle.close();
const { datasync, sync } = prototype;
prototype.datasync = function countedDatasync() {
  counts.datasyncs += 1;
  return datasync.call(this);
};
prototype.sync = function countedSync() {
  counts.syncs += 1;
  return sync.call(this);
};

process.on('message', () => {
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send({ ...counts, rss, heapUsed, external, cpuMs: (user + system) / 1000 });
});
process.on('disconnect', () => process.exit());
process.channel.unref();
