// The store itself, as it is built: no package exports it, for only a dispatcher opens one.
/** One of core's modules, by its path without ending. */
export const built = (name) => import(new URL(`../../../core/dist/${name}.js`, import.meta.url));

export const { LocalStore, newTaskId } = await built('store/index');
export const { nodeFiles } = await built('store/node-files');
