// A directory for one test with files in it, and what a task gets when inputs are captured into a store.
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { InputSource } from '@agent-dispatch/schemas';
import { sampleRecord } from '../../testing/sample-task.js';
import { MemoryStore } from '../../store/index.js';
import { InputCapture, DEFAULT_LIMITS } from '../index.js';
import type { FoundFile } from '../found-file.js';

export class Place {
  private constructor(readonly root: string) {}

  static async make(): Promise<Place> {
    const place = new Place(await realpath(await mkdtemp(path.join(tmpdir(), 'capture-'))));
    await mkdir(place.path('state'));
    return place;
  }

  path(...names: string[]): string {
    return path.join(this.root, ...names);
  }

  /** Files with their directories, by path below the root. */
  async write(files: Readonly<Record<string, string | Uint8Array>>): Promise<void> {
    for (const [name, content] of Object.entries(files)) {
      await mkdir(path.dirname(this.path(name)), { recursive: true });
      await writeFile(this.path(name), content);
    }
  }

  git(directory: string, ...args: string[]): string {
    const identity = ['-c', 'user.name=t', '-c', 'user.email=t@example.com', '-c', 'init.defaultBranch=main'];
    const env = { PATH: process.env['PATH'], HOME: this.root, GIT_CONFIG_NOSYSTEM: '1' };
    return execFileSync('git', [...identity, ...args], { cwd: this.path(directory), env, encoding: 'utf8' }).trim();
  }

  async dispose(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

type Taken = Awaited<ReturnType<InputCapture['capture']>>;

/** What the task is given, and the content behind it. */
export async function capture(
  place: Place,
  sources: readonly InputSource[],
  limits: Partial<typeof DEFAULT_LIMITS> = {},
): Promise<{ taken: Taken; contents: Record<string, string> }> {
  const store = new MemoryStore({ clock: { now: () => 1_700_000_000_000 } });
  await store.open();
  const inputs = new InputCapture({
    stateDir: place.path('state'),
    environment: { PATH: process.env['PATH'] ?? '' },
    limits: { ...DEFAULT_LIMITS, ...limits },
  });
  const record = sampleRecord();
  let taken: Taken = [];
  await store.create(record, {
    events: [],
    wakeAt: 0,
    fill: async (values) => {
      taken = await inputs.capture(sources, '/inputs', values);
      return record;
    },
  });
  const contents: Record<string, string> = {};
  for (const one of taken) {
    if (!('blob' in one)) contents[one.path] = one.text ?? '';
    else {
      const { bytes } = await store.getBlob(record.taskId, one.blob, 0, Number.MAX_SAFE_INTEGER);
      contents[one.path] = Buffer.from(bytes).toString();
    }
  }
  return { taken, contents };
}

export async function read({ read: open }: Pick<FoundFile, 'read'>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of open()) chunks.push(chunk);
  return Buffer.concat(chunks);
}
