// MCP clients as the lead agents speak, line by line over stdio: their opening, their names, what they send with each
// call and for how long they wait. Written from what each was seen to send; no SDK stands between.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { mcpProgram } from './mcp.js';
import type { Place } from './place.js';

type Json = Record<string, unknown>;

export interface ClientProfile {
  /** The lead agent. */
  title: string;
  clientInfo: { name: string; version: string };
  /** `modern`: no handshake, who calls is said with each request. */
  protocol: '2026-07-28' | '2025-11-25' | '2025-06-18' | '2024-11-05';
  capabilities: Json;
  /** It gives up on a call after so long. Seconds. */
  toolTimeout: number;
  /** What a call carries; `call` counts them. */
  meta?: (call: number) => Json;
  /** Sent while a call is under way, for no reason. */
  bogus?: Json;
  /** How it ends its server. */
  ends: 'stdin' | NodeJS.Signals;
}

const elicitation = { form: {}, url: {} };

export const CLIENTS: readonly ClientProfile[] = [
  {
    title: 'Claude Code',
    clientInfo: { name: 'claude-code', version: '2.1.330' },
    protocol: '2026-07-28',
    capabilities: { roots: {}, elicitation },
    // Longer calls are moved to the background.
    toolTimeout: 120,
    meta: (call) => ({ 'claudecode/toolUseId': `toolu_${String(call)}`, progressToken: call }),
    ends: 'SIGINT',
  },
  {
    title: 'Codex',
    clientInfo: { name: 'codex-mcp-client', version: '0.169.0' },
    protocol: '2025-06-18',
    capabilities: { elicitation, experimental: {} },
    toolTimeout: 300,
    meta: (call) => ({ callId: `call_${String(call)}`, threadId: 'thread_1', itemId: 'item_1', progressToken: call }),
    ends: 'SIGTERM',
  },
  {
    title: 'OpenClaw',
    clientInfo: { name: 'openclaw-bundle-mcp', version: '2026.9.6' },
    protocol: '2025-11-25',
    capabilities: {},
    toolTimeout: 60,
    bogus: { method: 'notifications/cancelled', params: { requestId: 0, reason: 'late' } },
    ends: 'stdin',
  },
  {
    title: 'Hermes',
    clientInfo: { name: 'mcp', version: '0.1.0' },
    protocol: '2025-06-18',
    capabilities: { elicitation: { form: {} }, sampling: {} },
    toolTimeout: 300,
    ends: 'SIGTERM',
  },
  {
    title: 'a client that nobody knows',
    clientInfo: { name: 'acme-orchestrator', version: '7' },
    protocol: '2024-11-05',
    capabilities: {},
    toolTimeout: 60,
    ends: 'stdin',
  },
];

export interface ToolAnswer {
  isError?: boolean;
  content: { type: string; text: string }[];
  structuredContent?: Json;
}

export class ScriptedClient {
  /** Tool calls sent so far. */
  calls = 0;
  readonly #listeners = new Set<(notification: Json) => void>();
  readonly #pending = new Map<number, (message: Json) => void>();
  #nextId = 0;

  private constructor(
    private readonly profile: ClientProfile,
    private readonly child: ChildProcessByStdio<Writable, Readable, null>,
  ) {
    createInterface({ input: child.stdout }).on('line', (line) => this.#take(JSON.parse(line) as Json));
  }

  static async open(place: Place, profile: ClientProfile): Promise<ScriptedClient> {
    const child = spawn(process.execPath, [mcpProgram, '--config', place.configFile], {
      cwd: place.root,
      env: place.env,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    place.atEnd(() => child.kill('SIGKILL'));
    const client = new ScriptedClient(profile, child);
    const { protocol: protocolVersion, capabilities, clientInfo } = profile;
    if (protocolVersion === '2026-07-28') await client.#request('server/discover', {});
    else {
      await client.#request('initialize', { protocolVersion, capabilities, clientInfo });
      client.send({ method: 'notifications/initialized' });
    }
    await client.#request('tools/list', {});
    return client;
  }

  /** Gives up, as the lead agent does, when its time is over. @param call repeats an earlier one. */
  async call(name: string, args: Json, call = this.calls + 1): Promise<ToolAnswer> {
    this.calls += 1;
    const { meta, toolTimeout } = this.profile;
    const id = this.#nextId;
    const answer = this.#request('tools/call', { name, arguments: args, _meta: meta?.(call) });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        this.send({ method: 'notifications/cancelled', params: { requestId: id, reason: 'timeout' } });
        reject(new Error(`${name} took longer than ${this.profile.title} waits`));
      }, toolTimeout * 1000).unref();
    });
    return (await Promise.race([answer, late]).finally(() => clearTimeout(timer))) as unknown as ToolAnswer;
  }

  /** The answer's whole truth. @throws when the call failed. */
  async ask(name: string, args: Json, call?: number): Promise<Json> {
    const { isError, content, structuredContent = {} } = await this.call(name, args, call);
    const [text] = content;
    if (isError === true || content.length !== 1) throw new Error(`${name} refused: ${JSON.stringify(content)}`);
    if (text?.text !== JSON.stringify(structuredContent)) throw new Error('the text says something else');
    return structuredContent;
  }

  /** The parameters of the next notification of this kind. */
  notified(method: string): Promise<Json> {
    return new Promise((resolve) => {
      const listener = (notification: Json): void => {
        if (notification['method'] !== method) return;
        this.#listeners.delete(listener);
        resolve(notification['params'] as Json);
      };
      this.#listeners.add(listener);
    });
  }

  /** Of the next request. */
  get nextId(): number {
    return this.#nextId;
  }

  /** What its lead agent never knows about. */
  disturb(): void {
    if (this.profile.bogus) this.send(this.profile.bogus);
  }

  send(message: Json): void {
    this.raw(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
  }

  /** Whatever it is. */
  raw(text: string): void {
    this.child.stdin.write(text);
  }

  /** The protocol's own error of a call. @throws when it is answered otherwise. */
  async fault(name: string, args: Json): Promise<{ code: number; message: string }> {
    const answer = await this.call(name, args).catch((error: unknown) => error);
    if (!(answer instanceof Error)) throw new Error(`${name} was answered: ${JSON.stringify(answer)}`);
    return JSON.parse(answer.message) as { code: number; message: string };
  }

  /** Ends the server in the client's own way. Resolves with its exit code. */
  async end(): Promise<number | null> {
    const exit = once(this.child, 'exit') as Promise<[number | null]>;
    if (this.profile.ends === 'stdin') this.child.stdin.end();
    else this.child.kill(this.profile.ends);
    return (await exit)[0];
  }

  #request(method: string, { _meta, ...params }: Json): Promise<Json> {
    const id = this.#nextId;
    this.#nextId += 1;
    const meta = { ...(_meta as Json | undefined), ...this.#envelope() };
    return new Promise((resolve, reject) => {
      this.#pending.set(id, ({ result, error }) => {
        if (error === undefined) resolve(result as Json);
        else reject(new Error(JSON.stringify(error)));
      });
      this.send({ id, method, params: { ...params, ...(Object.keys(meta).length > 0 && { _meta: meta }) } });
    });
  }

  #envelope(): Json {
    const { protocol, clientInfo, capabilities } = this.profile;
    if (protocol !== '2026-07-28') return {};
    return {
      'io.modelcontextprotocol/protocolVersion': protocol,
      'io.modelcontextprotocol/clientInfo': clientInfo,
      'io.modelcontextprotocol/clientCapabilities': capabilities,
    };
  }

  #take(message: Json): void {
    const { id, method } = message;
    if (method !== undefined) for (const listener of this.#listeners) listener(message);
    else this.#pending.get(id as number)?.(message);
  }
}
