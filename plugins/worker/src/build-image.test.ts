// The script that builds the image, with programs that write down what they are told in the place of docker, podman and buildah;
// needs `npm run build`.
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

const script = fileURLToPath(new URL('../docker/build-image.mjs', import.meta.url));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'build-image-'));
  mkdirSync(join(folder, 'bin'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** A program that keeps what it was told, and a copy of the last argument, the context. */
function install(name: string, { answers = true, exitCode = 0 } = {}): void {
  const program = join(folder, 'bin', name);
  const lines = [
    '#!/bin/sh',
    `[ "$1" = info ] && exit ${answers ? 0 : 1}`,
    `echo "${name} $*" >> ${folder}/told`,
    `for last; do :; done; [ -d "$last" ] && /bin/cp -r "$last" ${folder}/context`,
    `exit ${exitCode}`,
  ];
  writeFileSync(program, `${lines.join('\n')}\n`);
  chmodSync(program, 0o755);
}

function build(...args: string[]): { status: number | null; stderr: string; told: string[] } {
  const env = { PATH: join(folder, 'bin') };
  const { status, stderr } = spawnSync(process.execPath, [script, ...args], { env, encoding: 'utf8' });
  let told = '';
  try {
    told = readFileSync(join(folder, 'told'), 'utf8');
  } catch {
    // Nothing was told to anyone.
  }
  const lines = told
    .replaceAll(/\/\S*agentdispatch-image-\S+/g, '<context>')
    .split('\n')
    .slice(0, -1);
  return { status, stderr, told: lines };
}

describe('the image', () => {
  it('is built with the program, its configuration and the Dockerfile alone', () => {
    install('docker');
    const config = join(folder, 'worker.json');
    writeFileSync(config, '{"agents":{"codex":{"builtIn":"codex"}}}');
    const { status, told } = build('--image', 'worker:1', '--config', config, '--agent-package', '@openai/codex');
    expect([status, told]).toEqual([
      0,
      ['docker buildx build --build-arg AGENT_PACKAGES=@openai/codex --tag worker:1 --load <context>'],
    ]);
    expect(readFileSync(join(folder, 'context/worker.json'), 'utf8')).toContain('codex');
    const { status: works } = spawnSync(process.execPath, [
      join(folder, 'context/worker/bin/agentdispatch-worker.js'),
      'check',
      '--config',
      config,
    ]);
    expect(works).toBe(0);
  });

  it.each<[string, string[]]>([
    ['docker', ['docker buildx build --platform linux/arm64,linux/amd64 --tag r/w:1 --push <context>']],
    [
      'podman',
      [
        'podman manifest rm r/w:1',
        'podman build --platform linux/arm64,linux/amd64 --manifest r/w:1 <context>',
        'podman manifest push --all r/w:1 docker://r/w:1',
      ],
    ],
    [
      'buildah',
      [
        'buildah manifest rm r/w:1',
        'buildah build --platform linux/arm64,linux/amd64 --manifest r/w:1 <context>',
        'buildah manifest push --all r/w:1 docker://r/w:1',
      ],
    ],
  ])('is pushed for both platforms with %s', (builder, expected) => {
    install(builder);
    expect(build('--image', 'r/w:1', '--push').told).toEqual(expected);
  });

  it('is pushed for one platform with what is there and answers', () => {
    install('docker', { answers: false });
    install('buildah');
    expect(build('--image', 'r/w:1', '--push', '--platform', 'linux/arm64').told).toEqual([
      'buildah build --platform linux/arm64 --tag r/w:1 <context>',
      'buildah push r/w:1 docker://r/w:1',
    ]);
  });

  it.each<[string, string[], string]>([
    ['no builder is there', ['--image', 'w:1'], 'IMAGE_BUILDER_MISSING: none of docker, podman and buildah answers'],
    [
      'the wanted one is not there',
      ['--image', 'w:1', '--builder', 'podman'],
      'IMAGE_BUILDER_MISSING: podman does not answer',
    ],
    ['it has no name', [], 'IMAGE_ARGUMENTS: --image is missing'],
    ['an option is unknown', ['--imge', 'w:1'], 'IMAGE_ARGUMENTS: '],
    [
      'there are several platforms and no registry',
      ['--image', 'w:1', '--platform', 'a', '--platform', 'b'],
      'add --push',
    ],
    ['its configuration is not there', ['--image', 'w:1', '--config', '/no/such'], 'there is no file /no/such'],
  ])('is not built when %s', (_what, args, message) => {
    const { status, stderr, told } = build(...args);
    expect([status, told, stderr]).toEqual([1, [], expect.stringContaining(message)]);
  });

  it('is not built with a configuration that the worker refuses', () => {
    install('docker');
    const config = join(folder, 'worker.json');
    writeFileSync(config, '{"agent":{}}');
    const { status, stderr, told } = build('--image', 'w:1', '--config', config);
    expect([status, told, stderr]).toEqual([1, [], expect.stringContaining('/agent: unknown property')]);
  });

  it('tells when the builder fails', () => {
    install('docker', { exitCode: 7 });
    const { status, stderr } = build('--image', 'w:1');
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('IMAGE_BUILD_FAILED: docker buildx ended with exit code 7.'),
    ]);
  });
});
