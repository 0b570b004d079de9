// How a driver lets the host's protocol drivers reach a running agent: one authenticated, fetch-like call.

/** A request to the running agent. The channel adds address, session and credentials itself. */
export interface ChannelRequest {
  method: 'GET' | 'POST' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Aborts the request and its body. Aborting stops the exchange, not the agent. */
  signal: AbortSignal;
}

/**
 * An authenticated way to one running agent.
 *
 * Paths that are asked for: `http` and `ag-ui` POST `/invocations`; `a2a` POST `/` and GET `/.well-known/agent-card.json`;
 * `mcp` POST, GET and DELETE `/mcp`. The base address is pinned by the driver: `path` is relative to it and cannot leave it.
 * The response body streams as it arrives and must be read or cancelled by the caller.
 *
 * Errors: a coded error when the provider answered for certain (denied, not found, throttled: nothing ran);
 * an error with `details.ambiguous: true` when it is not known whether the agent received the request;
 * one with `details.over: true` when what ran the agent is gone for good: nothing of the work runs any more or will, and the
 * task ends failed with this error.
 * Responses of the agent itself, whatever their status, are returned.
 */
export interface Channel {
  /**
   * For how long one answer may stream, in seconds. A protocol that can asks anew before it is over. 0: answers come whole, so
   * the host polls. Default: no limit.
   */
  readonly answerSeconds?: number;
  /** Names, in the task's `secrets`, of those that the channel itself uses: no protocol driver gives them to the agent. */
  readonly ownSecrets?: readonly string[];
  fetch(path: string, request: ChannelRequest): Promise<Response>;
}
