import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ConfigurationError, readSettings, type Given } from './read-settings.js';
import type { Settings } from './settings.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'settings-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function written(config: unknown): string {
  const path = join(folder, 'worker.json');
  writeFileSync(path, JSON.stringify(config));
  return path;
}

const read = (given: Partial<Given> = {}): Settings =>
  readSettings({ options: {}, environment: {}, directory: '/start', ...given });

function problemsOf(given: Partial<Given>): readonly string[] {
  try {
    read(given);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

describe('the settings', () => {
  it('have a default for everything', () => {
    expect(read()).toEqual({
      protocol: 'http',
      host: '0.0.0.0',
      port: 8080,
      dataDirectory: '/start/.agentdispatch-worker',
      sessionsDirectory: '/start/.agentdispatch-worker/sessions',
      workingDirectory: '/start',
      directoryPerRun: true,
      agents: new Map(),
      limits: { concurrentRuns: 100, outputBytes: 268_435_456, artifactBytes: 4_294_967_296, keptRuns: 1_000 },
    });
  });

  it.each([
    ['http', 8080],
    ['ag-ui', 8080],
    ['mcp', 8000],
    ['a2a', 9000],
  ])('listen for %s on port %d', (protocol, port) => {
    expect(read({ options: { protocol } }).port).toBe(port);
  });

  it('come from options before the environment, and from that before the file', () => {
    const config = written({ host: 'file', port: 1, protocol: 'mcp', dataDirectory: 'data' });
    const environment = {
      AGENTDISPATCH_WORKER_CONFIG: config,
      AGENTDISPATCH_WORKER_PORT: '2',
      AGENTDISPATCH_WORKER_HOST: 'env',
    };
    const settings = read({ options: { port: '3', portFile: 'port' }, environment });
    expect(settings).toMatchObject({ protocol: 'mcp', host: 'env', port: 3 });
    expect([settings.dataDirectory, settings.portFile]).toEqual([join(folder, 'data'), '/start/port']);
  });

  it('may be JSON in the environment itself', () => {
    const environment = {
      AGENTDISPATCH_WORKER_CONFIG: '{"agents":{"one":{"command":["prog"]}},"directoryPerRun":false}',
    };
    const { agents, defaultAgent, directoryPerRun } = read({ environment });
    expect(agents.get('one')).toEqual({ command: ['prog'], input: 'text', output: 'text' });
    expect([defaultAgent, directoryPerRun]).toEqual(['one', false]);
  });

  it('begin with what is known of a built-in agent, and let the file replace parts of it', () => {
    const config = written({ agents: { c: { builtIn: 'codex', command: ['my-codex'] }, d: { builtIn: 'claude' } } });
    const { agents, defaultAgent } = read({ options: { config } });
    // They fit behind the command that is known, and perhaps not behind this one.
    expect(agents.get('c')).not.toHaveProperty('resumeArguments');
    expect(agents.get('c')).toMatchObject({
      command: ['my-codex'],
      modelArguments: ['--model', '{model}'],
      output: 'codex',
    });
    expect(agents.get('d')).toMatchObject({ output: 'claude' });
    expect(defaultAgent).toBeUndefined();
  });

  it('tell all problems of all sources at once', () => {
    const config = written({ prot: 'http', agents: { a: { comand: ['x'], input: 'xml' } }, limits: { keptRuns: 0 } });
    const environment = { AGENTDISPATCH_WORKER_PROT: 'x', AGENTDISPATCH_WORKER_DIRECTORY_PER_RUN: 'maybe' };
    const problems = problemsOf({ options: { config, port: 'eighty' }, environment });
    for (const part of [
      '/prot: unknown',
      '/comand: unknown',
      '/input:',
      '/limits/keptRuns',
      'WORKER_PROT:',
      '/directoryPerRun',
      '/port',
    ]) {
      expect(problems).toContainEqual(expect.stringContaining(part));
    }
  });

  it.each<[string, unknown, string]>([
    ['an agent without a command', { agents: { a: { input: 'text' } } }, 'needs a command'],
    [
      'a default agent that is not there',
      { agents: { a: { command: ['x'] } }, defaultAgent: 'b' },
      'there is no agent b',
    ],
  ])('refuse %s', (_what, config, message) => {
    expect(problemsOf({ options: { config: written(config) } })).toEqual([expect.stringContaining(message)]);
  });

  it('name the file that cannot be read', () => {
    expect(problemsOf({ options: { config: 'gone.json' } })).toEqual([expect.stringContaining('/start/gone.json')]);
    writeFileSync(join(folder, 'torn.json'), '{');
    expect(problemsOf({ options: { config: join(folder, 'torn.json') } })).toEqual([
      expect.stringContaining('torn.json'),
    ]);
  });
});
