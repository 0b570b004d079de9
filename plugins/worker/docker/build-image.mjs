#!/usr/bin/env node
// Builds the worker's image, and pushes it where asked, with whichever of docker, podman and buildah is there. Plain Node, needs
// no package; signing in to the registry is left to those programs.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const BUILDERS = ['docker', 'podman', 'buildah'];
const EVERYWHERE = ['linux/arm64', 'linux/amd64'];
const here = fileURLToPath(new URL('.', import.meta.url));
const worker = path.join(here, '..');

const usage = `Usage: build-image.mjs --image <name:tag> [--push] [--platform <platform>]... [--config <file>]
         [--agent-package <npm package>]... [--node-image <image>] [--builder docker|podman|buildah]

  --image <name:tag>       what to build, such as 123456789012.dkr.ecr.us-west-2.amazonaws.com/worker:1
  --push                   push it to its registry; for ${EVERYWHERE.join(' and ')} unless --platform says otherwise
  --platform <platform>    may be repeated; without --push one alone, this machine's by default
  --config <file>          the worker's configuration; default: none, to be given by AGENTDISPATCH_WORKER_CONFIG
  --agent-package <name>   an npm package to install in it, may be repeated
`;

const options = {
  image: { type: 'string' },
  push: { type: 'boolean', default: false },
  platform: { type: 'string', multiple: true },
  config: { type: 'string' },
  'agent-package': { type: 'string', multiple: true, default: [] },
  'node-image': { type: 'string' },
  builder: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
};

class Failure extends Error {
  constructor(code, message) {
    super(`${code}: ${message}`);
  }
}

try {
  const given = read(process.argv.slice(2));
  if (given.help) process.stdout.write(usage);
  else build(given);
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}

function read(args) {
  let values;
  try {
    ({ values } = parseArgs({ args, options, strict: true }));
  } catch (error) {
    throw new Failure('IMAGE_ARGUMENTS', `${error.message}\n\n${usage}`);
  }
  const platforms = values.platform ?? (values.push ? EVERYWHERE : [undefined]);
  if (!values.help) check(values, platforms);
  return { ...values, platforms };
}

function check({ image, push, builder, config }, platforms) {
  const problems = [
    image ? undefined : '--image is missing',
    builder === undefined || BUILDERS.includes(builder) ? undefined : `--builder is one of ${BUILDERS.join(', ')}`,
    push || platforms.length === 1 ? undefined : 'an image for several platforms has to be pushed: add --push',
    config === undefined || existsSync(config) ? undefined : `there is no file ${config}`,
    existsSync(path.join(worker, 'dist/bundle/main.js')) ? undefined : 'the worker is not built: run npm run build',
  ].filter(Boolean);
  if (problems.length > 0) throw new Failure('IMAGE_ARGUMENTS', `${problems.join('; ')}.\n\n${usage}`);
}

function build(given) {
  const builder = findBuilder(given.builder);
  const context = mkdtempSync(path.join(tmpdir(), 'agentdispatch-image-'));
  try {
    prepare(context, given.config);
    for (const args of commands(builder, given, context)) run(builder, args);
  } finally {
    rmSync(context, { recursive: true, force: true });
  }
}

function prepare(context, config) {
  for (const part of ['bin', 'dist/bundle', 'package.json']) {
    cpSync(path.join(worker, part), path.join(context, 'worker', part), { recursive: true });
  }
  cpSync(path.join(here, 'Dockerfile'), path.join(context, 'Dockerfile'));
  if (config === undefined) return writeFileSync(path.join(context, 'worker.json'), '{}\n');
  // Before an image is made with a configuration that its worker refuses.
  run(process.execPath, [path.join(worker, 'bin/agentdispatch-worker.js'), 'check', '--config', config]);
  cpSync(config, path.join(context, 'worker.json'));
}

function commands(builder, { image, push, platforms, ...given }, context) {
  const packages = given['agent-package'].join(' ');
  const args = [
    ...(packages === '' ? [] : ['--build-arg', `AGENT_PACKAGES=${packages}`]),
    ...(given['node-image'] === undefined ? [] : ['--build-arg', `NODE_IMAGE=${given['node-image']}`]),
    ...(platforms[0] === undefined ? [] : ['--platform', platforms.join(',')]),
  ];
  if (builder === 'docker') return [['buildx', 'build', ...args, '--tag', image, push ? '--push' : '--load', context]];
  if (platforms.length === 1) {
    const made = ['build', ...args, '--tag', image, context];
    return push ? [made, ['push', image, `docker://${image}`]] : [made];
  }
  // A list of images, one for each platform; what an earlier build left under the name would stay in it.
  const pushed = ['manifest', 'push', '--all', image, `docker://${image}`];
  return [['manifest', 'rm', image], ['build', ...args, '--manifest', image, context], pushed];
}

function run(program, args) {
  process.stderr.write(`${[program, ...args].join(' ')}\n`);
  const { status, error } = spawnSync(program, args, { stdio: 'inherit' });
  const mayFail = args[0] === 'manifest' && args[1] === 'rm';
  if (status === 0 || (mayFail && !error)) return;
  throw new Failure(
    'IMAGE_BUILD_FAILED',
    `${program} ${args[0]} ended with ${error?.message ?? `exit code ${status}`}.`,
  );
}

/** The wanted one, or the first that answers: docker may be installed without the service that it needs. */
function findBuilder(wanted) {
  const candidates = wanted === undefined ? BUILDERS : [wanted];
  const builder = candidates.find((program) => spawnSync(program, ['info'], { stdio: 'ignore' }).status === 0);
  if (builder !== undefined) return builder;
  const message = wanted === undefined ? 'none of docker, podman and buildah answers' : `${wanted} does not answer`;
  throw new Failure(
    'IMAGE_BUILDER_MISSING',
    `${message} to \`info\`. Install one of them, start its service, or build on a machine that has one.`,
  );
}
