// Runs a tool of this folder under a Node that it supports.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { installed, newerNode } from './newer-node.js';

export interface ToolRun {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ToolPlace {
  cwd: string;
  env: Record<string, string>;
}

/** @param script within node_modules. */
export async function runTool(script: string, args: readonly string[], { cwd, env }: ToolPlace): Promise<ToolRun> {
  const child = spawn(newerNode(), [installed(script), ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  const [code, stdout, stderr] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
