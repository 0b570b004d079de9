// Asks a server that we did not write to stop a call, after whoever followed it has let go of its connection.
import type { CancelLevel, Channel, DriverContext, Handle } from '../../provider/index.js';
import { within } from '../http/worker/within.js';
import { MCP_PATH } from './channel-fetch.js';
import { conversationOf, type SentCall } from './conversation.js';

const CANCEL_MS = 8000;
/** From this revision on. */
const WITHOUT_SESSIONS = '2026-07-28';

/** The rules of a protocol driver's `cancel` hold. */
export async function cancelCall(channel: Channel, handle: Handle, context: DriverContext): Promise<CancelLevel> {
  const conversation = conversationOf(handle);
  if (conversation === undefined) return 'unsupported';
  // While an answer is waited for no call is, so nothing of the task is at work.
  if ('open' in conversation) return 'stopped';
  const { sent } = conversation;
  const { revision = WITHOUT_SESSIONS, sessionId, requestId } = sent;
  // Its connection ended, which is the word to stop.
  if (revision >= WITHOUT_SESSIONS) return 'requested';
  if (sessionId === undefined || requestId === undefined) return 'unsupported';
  return await within(CANCEL_MS, context, (signal) => cancelled(channel, sent, signal));
}

async function cancelled(channel: Channel, sent: SentCall, signal: AbortSignal): Promise<CancelLevel> {
  const { requestId, sessionId = '', revision } = sent;
  const response = await channel.fetch(MCP_PATH, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-session-id': sessionId,
      ...(revision !== undefined && { 'mcp-protocol-version': revision }),
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      method: 'notifications/cancelled',
      params: { requestId, reason: 'The task was cancelled.' },
    }),
    signal,
  });
  await response.body?.cancel();
  return response.ok ? 'requested' : 'unsupported';
}
