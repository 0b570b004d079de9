// What `plugins install` was asked for, from the hook before the installation to the one after it, which is told nothing.

/** As the installer describes it. */
export type Requested = { type: 'npm'; name: string; tag: string } | { type: 'repo'; url: string };

let current: Requested | undefined;

export const remember = (requested: Requested): void => void (current = requested);

export const remembered = (): Requested | undefined => current;

export const describe = (requested: Requested): string =>
  requested.type === 'npm' ? `${requested.name}@${requested.tag}` : requested.url;
