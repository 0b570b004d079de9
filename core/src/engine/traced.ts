// A channel whose requests carry the trace of the task, so that no protocol driver needs to know of it.
import type { Channel, DriverContext } from '../provider/index.js';

export const traced = (channel: Channel, trace: DriverContext['trace']): Channel =>
  trace === undefined
    ? channel
    : {
        ...channel,
        fetch: (path, request) => channel.fetch(path, { ...request, headers: { ...trace, ...request.headers } }),
      };
