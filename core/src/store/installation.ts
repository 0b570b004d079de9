// The identity of a state directory, and the version of what is written in it.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { codeOf } from '../config/thrown.js';
import type { DispatchError } from '../errors/index.js';
import { toBase32, toBigInt } from './base32.js';
import type { FileLayer } from './file-layer.js';
import { corrupt, foreignSchema } from './store-errors.js';
import { readWhole, replaceWhole } from './whole-files.js';

/** Version of everything below the state directory. Raise it when an older program would misread or harm what is there. */
export const STATE_SCHEMA = 1;
const NAME = 'installation.json';
const ID_DIGITS = 26;

export interface Installation {
  /** 128 random bits. */
  installationId: string;
  stateSchema: number;
}

/** undefined when the directory is new. Errors: AD_STORE_SCHEMA, AD_STORE_CORRUPT. Changes nothing. */
export async function readInstallation(files: FileLayer, stateDir: string): Promise<Installation | undefined> {
  let text: string;
  try {
    text = (await readWhole(files, join(stateDir, NAME))).toString('utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  return check(parse(text));
}

function parse(text: string): Partial<Installation> {
  try {
    return JSON.parse(text) as Partial<Installation>;
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged();
    throw error;
  }
}

function check({ installationId, stateSchema }: Partial<Installation>): Installation {
  if (typeof stateSchema === 'number' && stateSchema > STATE_SCHEMA) {
    throw foreignSchema('The state directory', { found: stateSchema, known: STATE_SCHEMA });
  }
  if (typeof installationId !== 'string' || typeof stateSchema !== 'number') throw damaged();
  return { installationId, stateSchema };
}

const damaged = (): DispatchError => corrupt(`The file ${NAME} of the state directory is damaged.`, { file: NAME });

export async function createInstallation(files: FileLayer, stateDir: string): Promise<Installation> {
  const installation = { installationId: toBase32(toBigInt(randomBytes(16)), ID_DIGITS), stateSchema: STATE_SCHEMA };
  await replaceWhole(files, join(stateDir, NAME), Buffer.from(`${JSON.stringify(installation)}\n`));
  return installation;
}
