// Tells what the agent's artifacts hold, as it comes: text as output, files as artifacts. What was told already is left out.
import type { Artifact, TaskArtifactUpdateEvent } from '@a2a-js/sdk';
import type { DriverEvent, DriverResult } from '../../provider/index.js';
import { logParts } from '../http/transcript.js';
import { FileNames } from './file-names.js';
import type { A2aLimits } from './limits.js';
import { Outcome } from './outcome.js';
import { type Content, contentOf, type FilePart } from './parts.js';
import type { Told } from './told.js';

export class ArtifactReader {
  readonly #names = new FileNames();
  readonly #outcome: Outcome;

  constructor(
    private readonly told: Told,
    private readonly limits: A2aLimits,
  ) {
    this.#outcome = new Outcome(limits);
  }

  *update({ artifact, append }: TaskArtifactUpdateEvent): Generator<DriverEvent, void, void> {
    if (artifact === undefined) return;
    if (!append) return yield* this.whole(artifact);
    const { artifactId: id, name } = artifact;
    const content = contentOf(artifact.parts);
    this.#outcome.add(id, content);
    yield* this.#text(id, content.text);
    yield* this.#files(id, name, content.files);
  }

  /** @param index its place among the task's artifacts, where that is known. */
  *whole({ artifactId: id, name, parts }: Artifact, index?: number): Generator<DriverEvent, void, void> {
    const content = contentOf(parts);
    this.#outcome.replace(id, content);
    yield* this.tell({ id, name, ...(index !== undefined && { index }) }, content);
  }

  /** What is new of something that stands whole. */
  *tell(
    { id, name, index }: { id: string; name: string; index?: number },
    content: Content,
  ): Generator<DriverEvent, void, void> {
    const { text, files } = content;
    const digests = files.map(({ digest }) => digest);
    const from = this.told.whole({ id, ...(index !== undefined && { index }), text, files: digests });
    files.slice(0, from.files).forEach((file, number) => this.#names.of(id, name, file, number));
    yield* this.#text(id, text.slice(from.text));
    yield* this.#files(id, name, files.slice(from.files));
  }

  result(lastMessage: Content | undefined): DriverResult | undefined {
    return this.#outcome.result(lastMessage);
  }

  *#text(id: string, text: string): Generator<DriverEvent, void, void> {
    for (const piece of logParts(text)) {
      this.told.text(id, piece);
      yield { type: 'log', stream: 'agent', text: piece, cursor: this.told.cursor };
    }
  }

  *#files(id: string, artifact: string, files: readonly FilePart[]): Generator<DriverEvent, void, void> {
    for (const file of files) {
      const number = this.told.file(id, file.digest);
      const name = this.#names.of(id, artifact, file, number);
      yield { ...this.#file(name, file), cursor: this.told.cursor };
    }
  }

  #file(name: string, { mediaType, content }: FilePart): DriverEvent {
    const kind = mediaType === '' ? '' : ` (${mediaType})`;
    if ('url' in content) {
      return {
        type: 'message',
        text: `The agent says that its file ${name}${kind} is at ${content.url}. It was not fetched.`,
      };
    }
    const { bytes } = content;
    if (bytes.length > this.limits.fileBytes) {
      const text = `The agent's file ${name}${kind} has ${bytes.length} bytes, over the limit of ${this.limits.fileBytes}. It was not kept.\n`;
      return { type: 'log', stream: 'system', text };
    }
    const artifact = { name, ...(mediaType !== '' && { mediaType }), content: { base64: bytes.toString('base64') } };
    return { type: 'artifact', artifact };
  }
}
