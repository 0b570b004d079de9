// The kit passes a driver that keeps the contract, and each way to break it fails the test that is about it.
import { describe, expect, it } from '@jest/globals';
import { cloudOf, follow, handleOf, nameOf } from './testdata/memory-driver.js';
import { type Break, failuresOf, MANIFEST, messagesOf, ROOMS } from './testdata/run-kit.js';

const TEST_MS = 60_000;

it('passes a driver that keeps the contract', async () => expect(await failuresOf()).toEqual([]), TEST_MS);

it(
  'passes a driver that settles late, whose list shows only at a second look what was made',
  async () => {
    const shown = new Set<string>();
    const lagging: Break = (sound) => ({
      async *sweep(context) {
        for await (const found of sound.sweep(context)) {
          if (shown.has(nameOf(found.handle))) yield found;
          shown.add(nameOf(found.handle));
        }
      },
    });
    const drivers = MANIFEST.drivers.map((driver) => ({
      ...driver,
      features: { ...driver.features, settleSeconds: 1 },
    }));
    expect(await failuresOf(lagging, { manifest: { ...MANIFEST, drivers } })).toEqual([]);
  },
  TEST_MS,
);

it(
  'passes a driver that leaves out why work failed, for there is a default',
  async () => {
    const silent: Break = (sound) => ({
      async *start(handle, context) {
        for await (const event of sound.start(handle, context)) {
          yield event.type === 'ended' ? { type: 'ended', outcome: event.outcome } : event;
        }
      },
    });
    expect(await failuresOf(silent)).toEqual([]);
  },
  TEST_MS,
);

const BREAKS: Record<string, { does: Break; fails: string[] }> = {
  'names things at random': {
    does: () => ({ plan: (_request, { deadline }) => handleOf(`room-${Math.random()}`, deadline) }),
    fails: [
      'plan gives the same handle again, in every instance and at any time',
      'a handoff is the same each time, and crosses the boundary',
      "details that cannot be used are refused with a code, as the caller's fault, before any effect",
    ],
  },
  'leaves the attempt out of its names': {
    does: (sound) => ({
      plan: (request, context) => sound.plan(request, { ...context, attempt: 1 }),
    }),
    fails: [
      'what an attempt makes bears a name that no other task and no other attempt has',
      'a cancel of one attempt leaves others of the task, other tasks and other installations alone',
      'cleanup of one attempt leaves what others hold',
    ],
  },
  'leaves the installation out of its names': {
    does: (sound) => ({
      plan: (request, context) => sound.plan(request, { ...context, installationId: 'any' }),
    }),
    fails: [
      'a cancel of one attempt leaves others of the task, other tasks and other installations alone',
      'cleanup of one attempt leaves what others hold',
    ],
  },
  'hands off what is no JSON': {
    does: () => ({
      handoff: () => ({ protocol: 'http', url: 'memory:', auth: { scheme: 'none' }, method: Symbol('GET') as never }),
    }),
    fails: ['a handoff is the same each time, and crosses the boundary'],
  },
  'tells more after the end of failed work': {
    does: (sound) => ({
      async *start(handle, context) {
        for await (const event of sound.start(handle, context)) {
          yield event;
          if (event.type === 'ended' && event.outcome === 'failed') yield { type: 'progress', message: 'by the way' };
        }
      },
    }),
    fails: [
      'work that ends badly ends failed, with its code',
      'cleanup after work that failed proves each resource gone, and nothing is left',
      'no credential and no secret comes out, whatever happens',
    ],
  },
  'resumes from the beginning': {
    does: (sound) => ({
      resume: (handle, { cursor, ...context }) => sound.resume(handle, context),
    }),
    fails: [
      'resume goes on from every cursor: nothing comes twice and nothing is left out',
      'work is found again and goes on after a crash at any of its events, begun once',
    ],
  },
  'begins work in resume': {
    does: (sound) => ({
      async *resume(handle, context) {
        cloudOf(context).begin(nameOf(handle), context.taskId, 'well');
        yield* sound.resume(handle, context);
      },
    }),
    fails: ['resume of work that was never begun says so, or that nobody can tell'],
  },
  'begins again at each start': {
    does: (sound) => ({
      async *start(handle, context) {
        cloudOf(context).jobs.delete(nameOf(handle));
        yield* sound.start(handle, context);
      },
    }),
    fails: ['work whose start was under way at a crash is found again and goes on, begun at most once'],
  },
  'finds only what this instance began': {
    does(sound) {
      const begun = new Set<string>();
      return {
        async *start(handle, context) {
          begun.add(nameOf(handle));
          yield* sound.start(handle, context);
        },
        async *resume(handle, context) {
          if (begun.has(nameOf(handle))) yield* follow(handle, context);
          else yield { type: 'unknown', reason: 'never heard of it' };
        },
      };
    },
    fails: [
      'resume goes on from every cursor: nothing comes twice and nothing is left out',
      'resume follows work that runs, in another process, without beginning any',
      'work is found again and goes on after a crash at any of its events, begun once',
    ],
  },
  'says stopped and stops nothing': {
    does: () => ({ cancel: async () => 'stopped' }),
    fails: [
      'what a start began before a crash is stopped with the handle as it was planned',
      'a cancel that was under way at a crash is repeated',
      'after a cancel before provision a late start has no effect that lasts',
      'after a cancel before start a late start has no effect that lasts',
      'a cancel at any event of the start stops the work, and no event tells of success',
      'a second cancel, from another process, has no further effect',
      'a cancel of one attempt leaves others of the task, other tasks and other installations alone',
      'resume after a cancel tells of no success, and ends',
      'cleanup after work that was cancelled proves each resource gone, and nothing is left',
    ],
  },
  'stops only what was begun': {
    does: () => ({
      async cancel(handle, context) {
        cloudOf(context).jobs.get(nameOf(handle))?.end('cancelled');
        return 'stopped';
      },
    }),
    fails: [
      'after a cancel before provision a late start has no effect that lasts',
      'after a cancel before start a late start has no effect that lasts',
    ],
  },
  'leaves the room of failed work': {
    does: (sound) => ({
      async cleanup(resources, handle, context) {
        if (cloudOf(context).jobs.get(nameOf(handle))?.ended !== 'failed') {
          return await sound.cleanup(resources, handle, context);
        }
        return resources.map(({ id }) => ({ id, proof: 'verified' }));
      },
    }),
    fails: ['cleanup after work that failed proves each resource gone, and nothing is left'],
  },
  'cleans up all rooms of the task': {
    does: (sound) => ({
      async cleanup(resources, handle, context) {
        const cloud = cloudOf(context);
        const { taskId } = context;
        for (const [name, room] of cloud.rooms) if (room.taskId === taskId) cloud.removeRoom(name);
        return await sound.cleanup(resources, handle, context);
      },
    }),
    fails: [
      'a cancel of one attempt leaves others of the task, other tasks and other installations alone',
      'cleanup of nothing proves nothing and does nothing',
      'cleanup of one attempt leaves what others hold',
    ],
  },
  'throws an error without a code at details that cannot be used': {
    does: (sound) => ({
      plan(request, context) {
        try {
          return sound.plan(request, context);
        } catch (error) {
          throw new Error('unusable', { cause: error });
        }
      },
    }),
    fails: ["details that cannot be used are refused with a code, as the caller's fault, before any effect"],
  },
  'calls what nobody foresaw retryable': {
    does: (sound, errors) => ({
      async *provision(handle, context) {
        try {
          yield* sound.provision(handle, context);
        } catch (error) {
          throw errors.create('AD_PROVIDER_UNAVAILABLE', String(error));
        }
      },
    }),
    fails: ['a failure that nobody foresaw is not retryable, and no success'],
  },
  'takes a cloud that it cannot ask for the end of the work': {
    does: (sound, errors) => ({
      async *start(handle, context) {
        try {
          yield* sound.start(handle, context);
        } catch (error) {
          throw errors.create('AD_PROVIDER_INTERNAL', String(error));
        }
      },
    }),
    fails: ['a failure that nobody foresaw while work runs does not end the work'],
  },
  'logs its secrets': {
    does: (sound) => ({
      provision(handle, context) {
        context.logger.info('ready', context.secrets);
        return sound.provision(handle, context);
      },
    }),
    fails: ['no credential and no secret comes out, whatever happens', 'a secret reaches the work, and nobody else'],
  },
  'keeps a secret from the work': {
    does: (sound) => ({ start: (handle, context) => sound.start(handle, { ...context, secrets: {} }) }),
    fails: ['a secret reaches the work, and nobody else'],
  },
  'lacks a verb that it declares': {
    does: () => ({ check: undefined }),
    fails: [
      'the provider has the drivers and verbs that the manifest declares, and no other',
      'check finds a usable target usable, and begins nothing',
    ],
  },
  'takes the rooms of another installation for ours': {
    does: (sound) => ({
      async *sweep(context) {
        const { installationId } = context;
        for await (const found of sound.sweep(context)) yield { ...found, installationId };
      },
    }),
    fails: ['sweep tells ours from what another installation holds, changes nothing, and what it finds can be removed'],
  },
  'begins work in check': {
    does: (sound) => ({
      async check(request, context) {
        if (!cloudOf(context).isBroken) cloudOf(context).begin('check', '', 'well');
        return await sound.check(request, context);
      },
    }),
    fails: ['check finds a usable target usable, and begins nothing'],
  },
};

describe('fails a driver that', () => {
  it.each(Object.entries(BREAKS))(
    '%s',
    async (_what, { does, fails }) => expect(await failuresOf(does)).toEqual(fails),
    TEST_MS,
  );
});

describe('says in words', () => {
  const told = async (does: Break, title: string): Promise<string | undefined> =>
    (await messagesOf(does, {}, title)).get(title);

  it(
    'what the world counts, though cancel answered that nothing runs',
    async () =>
      expect(
        await told(
          () => ({ cancel: async () => 'stopped' }),
          'what a start began before a crash is stopped with the handle as it was planned',
        ),
      ).toBe('after cancel answered "stopped" the world counts 1 of the task running, not 0'),
    TEST_MS,
  );

  it(
    'how often work was begun',
    async () =>
      expect(
        await told(
          (sound) => ({
            async *start(handle, context) {
              cloudOf(context).begin(`${nameOf(handle)} twice`, context.taskId, 'well');
              yield* sound.start(handle, context);
            },
          }),
          'work that ends well tells all its output and then one end, begun once',
        ),
      ).toBe('the world counts 2 executions of the task, not 1'),
    TEST_MS,
  );

  it(
    'how work ended that was to succeed',
    async () =>
      expect(
        await told(
          () => ({
            async *start() {
              yield { type: 'ended', outcome: 'failed', error: { code: 'AD_TASK_FAILED', message: 'out of paper' } };
            },
          }),
          'work that ends well tells all its output and then one end, begun once',
        ),
      ).toBe(
        'the work was to end succeeded: {"type":"ended","outcome":"failed","error":{"code":"AD_TASK_FAILED","message":"out of paper"}}',
      ),
    TEST_MS,
  );
});

describe('fails what it is given when', () => {
  it('a combination of the manifest has no case', async () => {
    expect(await failuresOf(undefined, { cases: [] })).toEqual([
      'each combination that the manifest declares has one case, and no other combination has any',
    ]);
  });

  it('the manifest is not valid', async () => {
    const manifest = { ...MANIFEST, title: '' };
    expect(await failuresOf(undefined, { manifest, cases: [ROOMS] })).toEqual(['the manifest is valid']);
  });
});
