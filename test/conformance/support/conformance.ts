// One run of the official conformance suite against a server, as the scenarios and checks it wrote down.
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Place } from '../../e2e/support/place.js';
import { runTool } from './run-tool.js';

export type Revision = (typeof REVISIONS)[number];
/** The newest of each era. */
export const REVISIONS = ['2025-11-25', '2026-07-28'] as const;

export interface Scenario {
  name: string;
  checks: Check[];
}

export interface Check {
  id: string;
  status: 'SUCCESS' | 'INFO' | 'SKIPPED' | 'WARNING' | 'FAILURE';
  errorMessage?: string;
  details?: { message?: string };
}

const SUITE = '@modelcontextprotocol/conformance/dist/index.js';
const FOLDER_OF = /^server-(.+)-\d{4}-\d\d-\d\dT[\d-]+Z$/;

/** Runs every scenario that the revisions name, those that they do not score included. @throws when the suite breaks down. */
export async function runRevisions(url: string, place: Place): Promise<Record<Revision, Scenario[]>> {
  const runs = REVISIONS.map(async (revision) => [revision, await run(url, revision, place)] as const);
  return Object.fromEntries(await Promise.all(runs)) as Record<Revision, Scenario[]>;
}

async function run(url: string, revision: Revision, place: Place): Promise<Scenario[]> {
  const output = place.path(`conformance-${revision}`);
  const args = ['server', '--url', url, '--requirements', revision, '--output-dir', output];
  const { code, stdout, stderr } = await runTool(SUITE, args, { cwd: place.root, env: place.env });
  if (!stdout.includes('=== SUMMARY ===')) throw new Error(`The suite ended with ${String(code)}: ${stdout}${stderr}`);
  const folders = await readdir(output);
  return await Promise.all(folders.map(async (folder) => readScenario(folder, path.join(output, folder))));
}

async function readScenario(folder: string, place: string): Promise<Scenario> {
  const [, name] = FOLDER_OF.exec(folder) ?? [];
  if (name === undefined) throw new Error(`Not a scenario's folder: ${folder}`);
  return { name, checks: JSON.parse(await readFile(path.join(place, 'checks.json'), 'utf8')) as Check[] };
}
