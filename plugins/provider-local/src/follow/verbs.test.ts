import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { DriverEvent, Handle } from '@agent-dispatch/core/provider';
import { replaceRecord } from '../attempt/records.js';
import {
  Bench,
  collect,
  command,
  endOf,
  freshDriver,
  hasText,
  lastCursor,
  node,
  shell,
  textOf,
} from '../testdata/bench.js';
import { anythingRuns, SeparateHost, shimOf } from '../testdata/processes.js';
import type { ShimSpec } from '../shim/spec.js';
import { launchShim } from './launch.js';

let bench: Bench;
beforeEach(() => {
  bench = new Bench();
});
afterEach(() => bench.close());

const logged = (events: readonly DriverEvent[]): DriverEvent[] => events.filter(({ type }) => type === 'log');

describe('resume', () => {
  it('goes on exactly where a killed host stopped', async () => {
    const request = shell('echo 1; await_file go; echo 2; echo 3 >&2; exit 4');
    const killed = new SeparateHost(bench, request);
    await killed.until(hasText('1\n'));
    await killed.kill();
    const handle = killed.events.findLast((event) => event.type === 'handle')?.handle as Handle;

    const cursor = lastCursor(killed.events);
    const driver = await freshDriver();
    const rest = driver.resume(handle, bench.context(request, { ...(cursor && { cursor }) }))[Symbol.asyncIterator]();
    expect((await rest.next()).value).toEqual({ type: 'attached' });
    bench.signalWork('go');
    expect((await rest.next()).value).toMatchObject({ stream: 'stdout', text: '2\n' });
    expect((await rest.next()).value).toMatchObject({ stream: 'stderr', text: '3\n' });
    expect((await rest.next()).value).toMatchObject({ outcome: 'failed', exitCode: 4, result: { text: '1\n2\n' } });
  });

  it('gives every line again, once, when no cursor was stored', async () => {
    const { handle, context, events } = await bench.run(shell('echo 1; echo 2'));
    const again = await collect((await freshDriver()).resume(handle, context));
    expect([again[0]?.type, textOf(again), endOf(again)]).toEqual(['attached', textOf(events), endOf(events)]);
  });

  it('goes on from any cursor without loss or repetition', async () => {
    const { driver, handle, context, events } = await bench.run(
      shell('for i in 1 2 3 4 5; do echo $i; sleep 0.03; done'),
    );
    for (const [index, { cursor }] of logged(events).entries()) {
      const rest = await collect(driver.resume(handle, { ...context, ...(cursor && { cursor }) }));
      expect(logged(rest)).toEqual(logged(events).slice(index + 1));
    }
  });

  it('answers `ended` at once when all was told before', async () => {
    const { driver, handle, context, events, ended } = await bench.run(shell('echo 1; exit 2'));
    const cursor = lastCursor(events) ?? '';
    expect(await collect(driver.resume(handle, { ...context, cursor }))).toEqual([ended]);
  });

  it('proves `not_started`, after which a late shim cannot run and a new start can', async () => {
    const marker = `${bench.root}/ran`;
    const { driver, handle, context } = await bench.prepare(shell(`echo ran >> '${marker}'`));
    const answers = await collect(driver.resume(handle, context));
    expect(answers).toMatchObject([{ type: 'not_started', proof: expect.stringContaining('claim') as unknown }]);
    expect(await lateShim(['-c', `echo late >> '${marker}'`])).toBe('exit code 3');
    expect(existsSync(marker)).toBe(false);

    expect(endOf(await collect(driver.start(handle, context))).outcome).toBe('succeeded');
    expect(readFileSync(marker, 'utf8')).toBe('ran\n');
  });

  it('answers `unknown` when the provisioned directory was taken away', async () => {
    const { driver, handle, context } = await bench.prepare(shell('true'));
    execFileSync('rm', ['-r', bench.paths.root]);
    expect(await collect(driver.resume(handle, context))).toMatchObject([{ type: 'unknown' }]);
  });

  it('ends failed and kills what is left when the shim was killed', async () => {
    const { driver, handle, context } = await bench.prepare(shell('echo on; sleep 300 & sleep 300'));
    await collect(driver.start(handle, context), hasText('on'));
    process.kill(shimOf(bench).pid, 'SIGKILL');
    const ended = endOf(await collect(driver.resume(handle, context)));
    expect(ended).toMatchObject({ outcome: 'failed', error: { code: 'AD_TASK_FAILED', details: { killed: true } } });
    expect(anythingRuns(bench)).toBe(false);
  });

  it('recognises work of before a restart of the machine, and a reused pid', async () => {
    const { driver, handle, context, events } = await bench.run(shell('echo on'));
    const cursor = lastCursor(events) ?? '';
    execFileSync('rm', [bench.paths.exit]);
    for (const other of [{ bootId: 'another-boot' }, { startTime: 'another-process' }]) {
      const self = { ...shimOf(bench), pid: process.pid, ...other };
      replaceRecord(`${bench.paths.root}/claim.1.json`, { owner: 'shim', process: self });
      const answers = await collect(driver.resume(handle, { ...context, cursor }));
      expect(answers).toMatchObject([{ type: 'ended', outcome: 'failed', error: { code: 'AD_TASK_FAILED' } }]);
    }
  });
});

describe('start', () => {
  it('runs the work once, however often it is called', async () => {
    const marker = `${bench.root}/ran`;
    const request = shell(`echo ran >> '${marker}'; echo on; await_file go`);
    const { handle, context } = await bench.prepare(request);
    const starts = Array.from({ length: 4 }, async () => {
      const driver = await freshDriver();
      return collect(driver.start(handle, bench.context(request)));
    });
    const watched = await collect((await freshDriver()).start(handle, context), hasText('on'));
    bench.signalWork('go');
    for (const events of await Promise.all(starts)) {
      expect([textOf(events), endOf(events).outcome]).toEqual(['on\n', 'succeeded']);
    }
    expect(textOf(watched)).toBe('on\n');
    expect(readFileSync(marker, 'utf8')).toBe('ran\n');
  });

  it('is stopped by its deadline though nobody follows it any more', async () => {
    const request = shell('echo on; sleep 300 & sleep 300');
    const { driver, handle, context } = await bench.prepare(request, { deadline: Date.now() + 1_500 });
    await collect(driver.start(handle, context), hasText('on'));
    const ended = endOf(await collect((await freshDriver()).resume(handle, context)));
    expect(ended).toMatchObject({ outcome: 'failed', error: { code: 'AD_TASK_TIMEOUT' } });
    expect(anythingRuns(bench)).toBe(false);
  });

  it('never begins after its deadline', async () => {
    const { ended } = await bench.run(shell(`touch '${bench.root}/ran'`), { deadline: Date.now() - 1 });
    expect(ended.error?.code).toBe('AD_TASK_TIMEOUT');
    expect(existsSync(`${bench.root}/ran`)).toBe(false);
  });

  it('waits for what the program left behind only shortly, then ends it', async () => {
    const { ended } = await bench.run(shell('(sleep 300; echo never) & echo done'));
    expect(ended).toMatchObject({ outcome: 'succeeded', result: { text: 'done\n' } });
    expect(anythingRuns(bench)).toBe(false);
  });

  it('keeps output that a background process writes shortly after the program ended', async () => {
    const { ended } = await bench.run(shell('(sleep 0.2; echo late) & echo done'));
    expect(ended.result).toEqual({ text: 'done\nlate\n' });
  });
});

describe('output', () => {
  it('keeps characters whole that arrive byte by byte', async () => {
    const script = `
      const bytes = Buffer.from('a€😀é\\n');
      (async () => { for (const byte of bytes) { process.stdout.write(Buffer.from([byte])); await new Promise((go) => setTimeout(go, 5)); } })();`;
    const { events } = await bench.run(command(node(script)));
    expect(textOf(events)).toBe('a€😀é\n');
    expect(logged(events).length).toBeGreaterThan(1);
    expect(JSON.stringify(events)).not.toContain('\ufffd');
  });

  it('streams a flood of 100 MB whole, in pieces of at most 64 KiB, in flat memory', async () => {
    const { driver, handle, context } = await bench.prepare(
      shell('head -c 100000000 /dev/zero | tr "\\0" x; echo; echo end >&2; await_file go'),
    );
    let bytes = 0;
    let longest = 0;
    for await (const event of driver.start(handle, context)) {
      if (event.type !== 'log') continue;
      longest = Math.max(longest, Buffer.byteLength(event.text));
      if (event.stream === 'stdout') bytes += Buffer.byteLength(event.text);
      if (event.stream === 'stderr') {
        expect(peakMegabytes(shimOf(bench).pid)).toBeLessThan(200);
        bench.signalWork('go');
      }
    }
    expect([bytes, longest <= 65_536]).toEqual([100_000_001, true]);
  }, 60_000);
});

/** As if a host had launched it before, and the machine had been slow. */
async function lateShim(args: string[]): Promise<string> {
  const spec: ShimSpec = {
    root: bench.paths.root,
    name: bench.paths.name,
    generation: 1,
    mark: `${bench.installationId}/${bench.paths.name}`,
    program: '/bin/sh',
    arguments: args,
    workingDirectory: bench.paths.work,
    environment: {},
    deadline: Date.now() + 60_000,
    lingerMs: 0,
    graceMs: 100,
    outputLimit: 1_000,
  };
  return launchShim(spec).ended;
}

/** Peak of resident memory; 0 where the system does not tell. */
function peakMegabytes(pid: number): number {
  if (process.platform !== 'linux') return 0;
  const [, kilobytes] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kilobytes) / 1024;
}
