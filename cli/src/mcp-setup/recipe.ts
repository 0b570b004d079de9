// What AgentDispatch knows of one MCP client: where it keeps its servers, what an entry looks like, and what it keeps
// from the programs that it starts.
export type FormatName = 'json' | 'json5' | 'toml' | 'yaml';

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type Entry = { [key: string]: Json };

export const SCOPES = ['user', 'project'] as const;
export type Scope = (typeof SCOPES)[number];

/** A file of a client. */
export interface Place {
  /** Named by the user, by whatever path: links above it are theirs. Absolute. */
  base: string;
  /** Beneath the base. No part of it may be a link, unless the user says so. */
  relative: string;
}

export interface Surroundings {
  env: NodeJS.ProcessEnv;
  /** Absolute. */
  home: string;
  /** Absolute. */
  cwd: string;
}

/** How the server is started. */
export interface Served {
  /** Absolute. */
  command: string;
  args: string[];
}

/** Names of environment variables that the configuration wants and the client withholds. Never values. */
export interface Variables {
  set: string[];
  unset: string[];
}

/** What a client is to be told. */
export interface Registration {
  name: string;
  scope: Scope;
  served: Served;
  entry: Entry;
}

export interface Recipe {
  title: string;
  format: FormatName;
  /** A scope that the client does not have is left out. */
  places: Partial<Record<Scope, (surroundings: Surroundings) => Place>>;
  /** Keys that lead to the table of servers. */
  container: readonly string[];
  /** The whole entry as it would be in an empty file. What is set there already goes before it; see merge-entry.ts. */
  entry(served: Served, variables: Variables): Entry;
  /** Takes out of a merged entry what would not go together with what was there before. Default: nothing. */
  settle?(entry: Entry): Entry;
  /** The client's own command to the same end: arguments, and what it leaves out. */
  byHand(registration: Registration): { command: string[]; leavesOut?: string };
  /** Names of the variables that its servers get; a trailing * stands for any ending. */
  passes: 'everything' | readonly string[];
  /** How to give its servers a variable that is not set now. */
  howToSet: string;
  /** What to do once the file is written. */
  afterwards: string;
}
