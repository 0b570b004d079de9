// A channel whose requests carry the trace of whoever asked for the task, so that no protocol driver needs to know of it.
import type { Channel, DriverContext } from '../provider/index.js';

export function traced(channel: Channel, trace: DriverContext['trace']): Channel {
  if (trace === undefined) return channel;
  const fetch: Channel['fetch'] = (path, request) =>
    channel.fetch(path, { ...request, headers: { ...trace, ...request.headers } });
  const { answerSeconds, ownSecrets } = channel;
  return {
    fetch,
    ...(answerSeconds !== undefined && { answerSeconds }),
    ...(ownSecrets && { ownSecrets }),
  };
}
