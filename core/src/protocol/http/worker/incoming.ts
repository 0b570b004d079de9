// Files that the worker collected, on their way to the host: fetched piece by piece into a private directory, checked by size
// and digest, and removed as soon as the host has stored them.
import { createHash, randomUUID, type Hash } from 'node:crypto';
import { mkdir, open, rm, type FileHandle } from 'node:fs/promises';
import path from 'node:path';
import type { Artifact } from '@agent-dispatch/schemas';
import { DispatchError, type ErrorCode } from '../../../errors/index.js';
import type { DriverContext } from '../../../provider/index.js';
import type { AnswerBody } from '../body.js';
import type { WorkerCalls } from './calls.js';

/** Of one request. */
const PIECE_BYTES = 4 * 1024 * 1024;

export class Incoming {
  readonly #directory: string;
  /** The latest, for a result that is an artifact too. */
  #latest: { artifact: Artifact; file: string } | undefined;

  constructor(
    private readonly calls: WorkerCalls,
    private readonly invocationId: string,
    private readonly context: Pick<DriverContext, 'directory' | 'signal'>,
  ) {
    this.#directory = path.join(context.directory, 'incoming', invocationId);
  }

  /**
   * The file with the artifact's bytes; there until the next is fetched or `clear`.
   * Errors: ArtifactFault when what came is not the artifact, asked twice; those of a call.
   */
  async fetch(artifact: Artifact): Promise<string> {
    const { name, size, sha256 } = artifact;
    if (this.#latest?.artifact.name === name && this.#latest.artifact.sha256 === sha256) return this.#latest.file;
    const { artifactBytes } = this.calls.limits;
    if (size > artifactBytes) {
      throw new ArtifactFault(artifact, `${size} bytes, where ${artifactBytes} may come,`, 'AD_PROTOCOL_TOO_LARGE');
    }
    await this.clear();
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    const file = await this.#fetch(artifact).catch(async (error: unknown) => {
      if (!(error instanceof ArtifactFault)) throw error;
      return await this.#fetch(artifact);
    });
    this.#latest = { artifact, file };
    return file;
  }

  /** Removes what is here, also of a process that died. */
  async clear(): Promise<void> {
    this.#latest = undefined;
    await rm(this.#directory, { recursive: true, force: true });
  }

  async #fetch(artifact: Artifact): Promise<string> {
    const file = path.join(this.#directory, randomUUID());
    const target = await open(file, 'wx', 0o600);
    const hash = createHash('sha256');
    try {
      for (let offset = 0; offset < artifact.size;) offset += await this.#piece(artifact, offset, { target, hash });
    } finally {
      await target.close();
    }
    if (hash.digest('hex') === artifact.sha256) return file;
    await rm(file);
    throw new ArtifactFault(artifact, 'other bytes than its SHA-256 says');
  }

  /** @returns how many bytes came. */
  async #piece(artifact: Artifact, offset: number, to: { target: FileHandle; hash: Hash }): Promise<number> {
    const { invocationId } = this;
    const { name, size } = artifact;
    const maxBytes = Math.min(PIECE_BYTES, size - offset);
    const call = { agentdispatch: 'artifact', invocationId, name, offset, maxBytes } as const;
    const answer = await this.calls.open(call, this.context.signal);
    try {
      if (answer.type === 'application/json') throw await this.#refusal(artifact, answer.body);
      let came = 0;
      for await (const bytes of answer.body.bytes()) {
        came += bytes.length;
        if (came > maxBytes) break;
        to.hash.update(bytes);
        await to.target.write(bytes);
      }
      this.context.signal.throwIfAborted();
      if (came !== maxBytes) throw new ArtifactFault(artifact, `${came} bytes where ${maxBytes} were asked for`);
      return came;
    } finally {
      answer.close();
    }
  }

  async #refusal(artifact: Artifact, body: AnswerBody): Promise<ArtifactFault> {
    const { error } = await this.calls.answerIn(body);
    return new ArtifactFault(artifact, error ? `a refusal (${error.code}: ${error.message})` : 'nothing');
  }
}

/** What came is not the artifact. Anything else that goes wrong is the connection's. */
export class ArtifactFault extends DispatchError {
  constructor({ name }: Pick<Artifact, 'name'>, found: string, code: ErrorCode = 'AD_PROTOCOL_RESPONSE') {
    super(code, `The agent gave ${found.slice(0, 500)} for its artifact ${name}.`);
  }
}
