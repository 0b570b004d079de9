// Names and files of one attempt. Pure; shared by host and shim, which meet in these files alone.
import { join } from 'node:path';

const NAME = /^[A-Za-z0-9_]{1,64}-[1-9][0-9]{0,5}$/;

/** The attempt's name: one path component, unique in an installation. */
export const attemptName = (taskId: string, attempt: number): string => `${taskId}-${attempt}`;

/** Whether `name` is an attempt of some task and safe as a path component. */
export const isAttemptName = (name: string): boolean => NAME.test(name);

/** The task of an attempt's name. */
export const taskOf = (name: string): string => name.slice(0, name.lastIndexOf('-'));

/** Whether `name` is an attempt of this task and safe as a path component. */
export const isAttemptOf = (taskId: string, name: string): boolean => isAttemptName(name) && taskOf(name) === taskId;

/** Directory that holds every attempt of this installation. */
export const attemptsDirectory = (directory: string): string => join(directory, 'attempts');

export interface AttemptPaths {
  readonly name: string;
  /** Private directory of the attempt (0700). The shim never makes it: without it, nothing can run. */
  readonly root: string;
  /** The work's own directory, for target mode `runtime`; in a workspace where it is kept. */
  readonly work: string;
  /** Leader of the work's process group, written before the work may begin. */
  readonly process: string;
  /** Output in order of arrival, one JSON line each; a cursor is a byte offset in it. */
  readonly output: string;
  /** Standard output as it came, byte for byte: the result. */
  readonly stdout: string;
  /** Standard input, for the moment between writing and opening it. */
  readonly input: string;
  /** How it ended; written once, when nothing of the work runs any more. */
  readonly exit: string;
  /** Present when a cancel was asked for after the work had been claimed. */
  readonly cancel: string;
}

/** @param directory the provider's private directory of this installation. */
export function attemptPaths(directory: string, name: string): AttemptPaths {
  return attemptPathsIn(join(attemptsDirectory(directory), name), name);
}

export function attemptPathsIn(root: string, name: string): AttemptPaths {
  return {
    name,
    root,
    work: join(root, 'work'),
    process: join(root, 'process.json'),
    output: join(root, 'output.jsonl'),
    stdout: join(root, 'stdout'),
    input: join(root, '.input'),
    exit: join(root, 'exit.json'),
    cancel: join(root, 'cancel.json'),
  };
}
