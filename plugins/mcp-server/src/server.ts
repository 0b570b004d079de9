// The MCP server of one connection: lists tools and resources from static documents, and hands each call to the control plane.
// Holds no state of its own; the SDK asks the factory for an instance per connection and for a probe before it.
import type { Caller } from '@agent-dispatch/core';
import { tools } from '@agent-dispatch/schemas/tools';
import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolRequest,
  isInputRequiredResult,
  type CallToolResult,
  type ClientCapabilities,
  type Implementation,
  type InputRequiredResult,
  type McpRequestContext,
  type McpServerFactory,
  type ServerContext,
  type Tool,
} from '@modelcontextprotocol/server';
import { callerOf } from './caller.js';
import { verifyState, withPerson } from './elicitation.js';
import type { Run } from './asking.js';
import type { ControlPlaneLink } from './control-plane-link.js';
import { serveCompletions } from './completions.js';
import { instructions } from './instructions.js';
import { everySystemInterval, withProgress, type Every } from './progress.js';
import { servePrompts } from './prompts.js';
import { serveSubscriptions } from './resource-subscriptions.js';
import type { ResourceUpdates } from './resource-updates.js';
import { readResource, resources, resourceTemplates } from './resources.js';
import { answer, refusal } from './results.js';
import { serveTasks, startedTask } from './tasks-extension.js';
import { toolCallOf } from './tool-calls.js';
import { traceOf } from './trace.js';
import { limitWait, waitLimit, type WaitDeciders, type WaitSettings } from './wait-limits.js';

export interface ServerParts {
  version: string;
  link: Pick<ControlPlaneLink, 'controlPlane'>;
  /** Seconds one call may wait, whoever calls; without it the configuration decides, or the client's name. */
  waitSeconds?: number;
  /** What the configuration says of waits. Asked once the control plane is connected. Default: nothing. */
  waitSettings?: () => Promise<WaitSettings | undefined>;
  /** Paces progress notifications. Default: the system's interval. */
  every?: Every;
  /** Epoch milliseconds. Default: the system's clock. */
  now?: () => number;
  /** Tells clients of changed resources. Without it they cannot subscribe. */
  updates?: ResourceUpdates;
  /** Told of faults that have no request to answer. */
  report?: (error: unknown) => void;
}

/** These lists never change while the server runs. Milliseconds. */
const UNCHANGING = { ttlMs: 3_600_000, cacheScope: 'private' } as const;

const listed = tools.map((tool) => ({ ...tool }) as unknown as Tool);

export function createServerFactory(parts: ServerParts): McpServerFactory {
  return (context) => createServer(parts, context);
}

function createServer(parts: ServerParts, context: McpRequestContext): McpServer {
  const mcpServer = new McpServer(
    { name: 'agentdispatch', title: 'AgentDispatch', version: parts.version },
    {
      instructions,
      requestState: { verify: verifyState },
      cacheHints: {
        'tools/list': UNCHANGING,
        'prompts/list': UNCHANGING,
        'resources/list': UNCHANGING,
        'resources/templates/list': UNCHANGING,
      },
    },
  );
  const { server } = mcpServer;
  // Where a client names itself only when it opens the connection, nothing else tells who it is.
  const connection: Connection = server;
  const { updates, report = () => undefined } = parts;
  const subscribe = updates !== undefined && canBeTold(context);
  server.registerCapabilities({ tools: {}, resources: { ...(subscribe && { subscribe }) } });
  server.setRequestHandler('tools/list', () => ({ tools: listed }));
  server.setRequestHandler('tools/call', ({ params }, call) =>
    answerCall(parts, params, { context: call, era: context.era, connection }),
  );
  server.setRequestHandler('resources/list', () => ({ resources }));
  server.setRequestHandler('resources/templates/list', () => ({ resourceTemplates }));
  server.setRequestHandler('resources/read', ({ params }) => readResource(params.uri, () => parts.link.controlPlane()));
  servePrompts(server);
  serveCompletions(server, () => parts.link.controlPlane());
  if (context.era === 'modern')
    serveTasks(
      server,
      () => parts.link.controlPlane(),
      (call) => ({ caller: callerIn(call, connection), signal: call.mcpReq.signal }),
    );
  if (subscribe && context.era === 'legacy') serveSubscriptions(server, updates, report);
  return mcpServer;
}

/** Over HTTP a legacy request is answered and forgotten. */
const canBeTold = ({ era, requestInfo }: McpRequestContext): boolean => era === 'modern' || requestInfo === undefined;

/** What a client says when it opens a connection. */
interface Connection {
  getClientVersion(): Implementation | undefined;
  getClientCapabilities(): ClientCapabilities | undefined;
}

const callerIn = ({ mcpReq }: ServerContext, connection: Connection): Caller => ({
  ...callerOf(mcpReq, connection.getClientVersion()),
  ...traceOf(mcpReq._meta),
});

interface Calling {
  context: ServerContext;
  era: McpRequestContext['era'];
  connection: Connection;
}

/** A person may help with these. */
const STARTING: ReadonlySet<string> = new Set(['spawn_cloud_agent', 'dispatch_task']);

async function answerCall(
  parts: ServerParts,
  { name, arguments: input = {} }: CallToolRequest['params'],
  calling: Calling,
): Promise<CallToolResult | InputRequiredResult> {
  const call = toolCallOf(name);
  if (call === undefined) throw new ProtocolError(ProtocolErrorCode.InvalidParams, unknownTool(name));
  const { link, every = everySystemInterval, now = Date.now } = parts;
  const { mcpReq } = calling.context;
  const caller = callerIn(calling.context, calling.connection);
  const began = now();
  try {
    return await withProgress(mcpReq, every, async (progress) => {
      const plane = await link.controlPlane();
      const limit = waitLimit(caller.client, await waitDeciders(parts));
      const { timeout_seconds: nextWaitSeconds } = limitWait(name, input, limit) as { timeout_seconds?: number };
      const options = { caller, signal: mcpReq.signal, progress, nextWaitSeconds };
      const run: Run = async (given, consent) => {
        // Given up before anything was asked for: nobody would learn what comes of it.
        mcpReq.signal.throwIfAborted();
        // A dispatcher that had to be started first, and a person who was asked, have cost some of the client's patience.
        const spent = Math.round((now() - began) / 1000);
        return await call(plane, limitWait(name, given, Math.max(limit - spent, 0)), {
          ...options,
          ...(consent && { consent }),
        });
      };
      return await told(name, { input, run }, calling);
    });
  } catch (error) {
    return refusal(error);
  }
}

const waitDeciders = async ({ waitSeconds, waitSettings }: ServerParts): Promise<WaitDeciders> => ({
  override: waitSeconds,
  settings: await waitSettings?.(),
});

/** The answer, or what comes before it or in its place where a person or the client's own tasks have a part in it. */
async function told(
  name: string,
  { input, run }: { input: Record<string, unknown>; run: Run },
  { context, era, connection }: Calling,
): Promise<CallToolResult | InputRequiredResult> {
  if (!STARTING.has(name) || input['explain'] === true) return answer(await run(input));
  const announced = connection.getClientCapabilities();
  const done = await withPerson(input, run, { context, era, announced });
  if (isInputRequiredResult(done)) return done;
  return (era === 'modern' ? startedTask(done, context) : undefined) ?? answer(done);
}

const unknownTool = (name: string): string =>
  `Unknown tool: ${name}. The tools are ${tools.map((tool) => tool.name).join(', ')}.`;
