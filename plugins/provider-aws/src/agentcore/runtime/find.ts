// Finds agent runtimes by name or by owner. The service's list has no filter and no tags, so it is read page by page.
import type { DriverContext, Handle, SweepContext } from '@agent-dispatch/core/provider';
import type { RuntimeSummary } from '../../aws/control-plane.js';
import type { AwsCalls } from '../aws-calls.js';
import { dataOf, withData } from '../handle.js';
import { bearsTagsOf } from './tags.js';

type ListContext = Pick<SweepContext, 'account' | 'environment' | 'signal' | 'clock'>;

/** All runtimes of account and region. */
export async function* listRuntimes(calls: AwsCalls, context: ListContext): AsyncGenerator<RuntimeSummary> {
  const kind = { action: 'bedrock-agentcore:ListAgentRuntimes', resource: '*' };
  let nextToken: string | undefined;
  do {
    const token = nextToken;
    const page = await calls.control(context, kind, (control) => control.runtimes(token, context.signal));
    yield* page.items;
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
}

export async function findRuntime(
  calls: AwsCalls,
  context: ListContext,
  name: string,
): Promise<{ arn: string } | undefined> {
  for await (const { agentRuntimeName, agentRuntimeArn } of listRuntimes(calls, context)) {
    if (agentRuntimeName === name && agentRuntimeArn !== undefined) return { arn: agentRuntimeArn };
  }
  return undefined;
}

export interface Located {
  /** With the ARN of its runtime, where that is known or was found. */
  readonly handle: Handle;
  /** ARN of one that bears our name and not our tags, and is left alone. */
  readonly untagged?: string;
}

/** Looks for the runtime whose ARN was in an answer that was lost. */
export async function located(calls: AwsCalls, handle: Handle, context: DriverContext): Promise<Located> {
  const { made, runtimeArn } = dataOf(handle);
  if (made === undefined || runtimeArn !== undefined) return { handle };
  const found = await findRuntime(calls, context, made.name);
  if (found === undefined) return { handle };
  const isOurs = bearsTagsOf(await readTags(calls, context, found.arn), made, context);
  return isOurs ? { handle: withData(handle, { runtimeArn: found.arn }) } : { handle, untagged: found.arn };
}

export async function readTags(
  calls: AwsCalls,
  context: ListContext,
  arn: string,
): Promise<Readonly<Record<string, string>>> {
  const kind = { action: 'bedrock-agentcore:ListTagsForResource', resource: arn };
  return calls.control(context, kind, (control) => control.tags(arn, context.signal));
}
