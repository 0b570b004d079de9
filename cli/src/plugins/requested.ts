// What `plugins install` was asked for, from the hook before the installation to the one after it, which is told nothing.

/** As the installer describes it. */
export type Requested = { type: 'npm'; name: string; tag: string } | { type: 'repo'; url: string };

export interface Installation {
  requested: Requested;
  /** Where the installer works. Absolute. */
  dataDir: string;
}

let current: Installation | undefined;

export const remember = (installation: Installation): void => void (current = installation);

export const remembered = (): Installation | undefined => current;

export const describe = (requested: Requested): string =>
  requested.type === 'npm' ? `${requested.name}@${requested.tag}` : requested.url;
