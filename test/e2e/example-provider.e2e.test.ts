// The example of the guide for provider authors, as its reader tries it: packed from the guide's own package.json, installed
// by its path, set up by init, and given work.
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import ts from 'typescript';
import { ExampleCloud } from '../contract/example-provider/example-cloud.js';
import { runCli } from './support/cli.js';
import { Place, repository } from './support/place.js';

const TEST_MS = 120_000;

let place: Place;
const cloud = new ExampleCloud();
beforeEach(async () => (place = await Place.make(undefined)));
afterEach(async () => {
  await cloud.close();
  await place.end();
}, TEST_MS);

it(
  'the example of the guide is installed, set up and given work',
  async () => {
    const read = (file: string): Promise<string> => readFile(path.join(repository, file), 'utf8');
    const [, packageJson = ''] = /```json\n(.*?)```/s.exec(await read('core/docs/write-a-provider.md')) ?? [];
    const { outputText } = ts.transpileModule(await read('test/contract/example-provider/index.ts'), {
      compilerOptions: { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 },
    });
    await place.write('provider/package.json', packageJson);
    await place.write('provider/manifest.json', await read('test/contract/example-provider/manifest.json'));
    await place.write('provider/index.js', outputText);

    const done = async (...args: string[]): Promise<string> => {
      const { code, stdout, stderr } = await runCli(place, args);
      if (code !== 0) throw new Error(`agentdispatch ${args.join(' ')} ended with ${String(code)}: ${stderr}`);
      return stdout;
    };
    await done('plugins', 'install', './provider');
    await done('init', '--endpoint', await cloud.listen());
    expect(await done('doctor', '--live')).toContain('agentdispatch-provider-example');
    expect(await done('run', '--wait', '--command', '--', 'print', 'one', 'two')).toBe('one\ntwo\n');
    expect(await runCli(place, ['run', '--wait', '--command', '--', 'fail'])).toMatchObject({ code: 6 });
    expect([...cloud.jobs.keys()]).toEqual([]);
  },
  TEST_MS,
);
