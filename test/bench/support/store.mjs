// The store itself, as it is built: no package exports it, for only a dispatcher opens one.
const built = (name) => import(new URL(`../../../core/dist/store/${name}`, import.meta.url));

export const { LocalStore, newTaskId } = await built('index.js');
export const { nodeFiles } = await built('node-files.js');
