// The value a run ended with: in its last event, or, where it is too large for that, as an artifact.
import { readFile, stat, writeFile } from 'node:fs/promises';
import { keepArtifact } from '../files/keep-artifact.js';
import type { AgentResult } from '../work/agent-output.js';
import type { LocalRun } from './local-run.js';

/** What is larger travels as an artifact. */
const INLINE_BYTES = 1024 * 1024;

export type RecordedResult = { text: string } | { json: unknown } | { artifact: string };

export async function keepResult(run: LocalRun, result: AgentResult): Promise<RecordedResult> {
  if ('file' in result) {
    if ((await stat(result.file)).size > INLINE_BYTES) return keepFile(run, result.file, result.mediaType);
    return { text: await readFile(result.file, 'utf8') };
  }
  const content = 'text' in result ? result.text : JSON.stringify(result.json);
  if (Buffer.byteLength(content) <= INLINE_BYTES) return result;
  await writeFile(run.files.result, content, { mode: 0o600 });
  return keepFile(run, run.files.result, 'text' in result ? 'text/plain' : 'application/json');
}

async function keepFile(run: LocalRun, file: string, mediaType: string): Promise<RecordedResult> {
  const name = freeName(run);
  const artifact = { ...(await keepArtifact(name, file, run.files.artifacts)), mediaType };
  run.record.artifacts.push(artifact);
  run.log.add({ type: 'artifact', artifact });
  return { artifact: name };
}

/** The agent may have left a file of the same name. */
function freeName(run: LocalRun): string {
  let name = 'result';
  for (let count = 2; run.artifact(name); count += 1) name = `result-${count}`;
  return name;
}
