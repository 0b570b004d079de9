// Tags of a runtime, one resource a call.
import type { RuntimeRecord } from '../state/runtimes.js';
import { requiredText } from '../wire/bind-input.js';
import { notFound } from '../wire/service-error.js';
import type { Call, Operation, World } from './operation.js';

export const listTagsForResource: Operation = (call, world) => ({
  tags: Object.fromEntries(taggedBy(call, world).tags),
});

export const tagResource: Operation = (call, world) => {
  const { tags } = taggedBy(call, world);
  for (const [key, value] of Object.entries(call.input['tags'] as Record<string, string>)) tags.set(key, value);
  return {};
};

function taggedBy({ input, home }: Call, world: World): RuntimeRecord {
  const arn = requiredText(input, 'resourceArn');
  const runtime = world.runtimes.findByArn(arn);
  if (runtime?.account === home.account && runtime.region === home.region) return runtime;
  throw notFound(`Resource ${arn}`);
}
