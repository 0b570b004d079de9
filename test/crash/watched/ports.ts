// What the engine of a watched dispatcher is given: every call of a driver, and every event it tells, passes its crash
// points. The drivers themselves are the real ones.
import type { EnginePorts } from '@agent-dispatch/core/host';
import type { Channel, Driver, DriverContext, DriverEvent, Handle } from '@agent-dispatch/core/provider';
import type { Diary } from './diary.js';
import { over } from './over.js';

/** The blob of a task's input. */
const INPUT = 'input.json';

export function watchedPorts(ports: EnginePorts, diary: Diary): EnginePorts {
  return {
    ...ports,
    store: watchedStore(ports.store, diary),
    drivers: {
      load: async (provider, driver) => watchedDriver(await ports.drivers.load(provider, driver), diary),
    },
    protocols: {
      get: async (protocol) => {
        const spoken = await ports.protocols.get(protocol);
        return {
          ...spoken,
          start: (channel, handle, context) =>
            followed(diary, 'start', context, () => spoken.start(channel, handle, context)),
          resume: (channel, handle, context) =>
            followed(diary, 'resume', context, () => spoken.resume(channel, handle, context)),
          ...(spoken.cancel && {
            cancel: (channel, handle, context) =>
              diary.around(
                'protocol.cancel',
                context.taskId,
                async () => (await spoken.cancel?.(channel, handle, context)) ?? 'unsupported',
              ),
          }),
        };
      },
    },
  };
}

function watchedDriver(driver: Driver, diary: Diary): Driver {
  const stream = (verb: 'provision' | 'start' | 'resume') => {
    const method = driver[verb]?.bind(driver);
    if (method === undefined) return {};
    return {
      [verb]: (handle: Handle, context: DriverContext) => followed(diary, verb, context, () => method(handle, context)),
    };
  };
  const channel = driver.channel?.bind(driver);
  const watched: Partial<Driver> = {
    plan(request, context) {
      diary.pass('driver.plan.before', context.taskId);
      const handle = driver.plan(request, context);
      diary.pass('driver.plan.after', context.taskId);
      return handle;
    },
    cancel: (handle, context) => diary.around('driver.cancel', context.taskId, () => driver.cancel(handle, context)),
    cleanup: (resources, handle, context) =>
      diary.around('driver.cleanup', context.taskId, () => driver.cleanup(resources, handle, context)),
    ...stream('provision'),
    ...stream('start'),
    ...stream('resume'),
    ...(channel && { channel: (handle, context) => watchedChannel(channel(handle, context), diary, context.taskId) }),
  };
  return over(driver, watched);
}

/**
 * The engine reads a task's input before each verb that needs it, and calls the verb right after: the places to hold a
 * dispatcher between its decision and the call. The store's effects are the file layer's.
 */
const watchedStore = (store: EnginePorts['store'], diary: Diary): EnginePorts['store'] =>
  over(store, {
    async getBlob(taskId, name, offset, maxBytes) {
      const found = await store.getBlob(taskId, name, offset, maxBytes);
      if (name === INPUT) await diary.wait('input-read', taskId);
      return found;
    },
  });

function watchedChannel(channel: Channel, diary: Diary, taskId: string): Channel {
  return {
    fetch: (path, request) => diary.around('driver.channel.fetch', taskId, () => channel.fetch(path, request)),
  };
}

/** `before`: the driver has told it and nobody knows. `after`: it is stored, and the next one was not asked for yet. */
async function* followed(
  diary: Diary,
  verb: string,
  { taskId }: DriverContext,
  call: () => AsyncIterable<DriverEvent>,
): AsyncGenerator<DriverEvent> {
  await diary.reach(`driver.${verb}.call.before`, taskId);
  try {
    for await (const event of call()) {
      const name = `driver.${verb}.${event.type}`;
      await diary.reach(`${name}.before`, taskId);
      try {
        yield event;
      } finally {
        await diary.reach(`${name}.after`, taskId);
      }
    }
  } finally {
    await diary.reach(`driver.${verb}.call.after`, taskId);
  }
}
