// Tasks wait here to be told; by the readable part of their session's id.
import { deferred } from '../../fakes/agentcore/deferred.js';
import { readable } from './aws-world.js';

export class Waiting {
  readonly #told = new Map<string, ReturnType<typeof deferred>>();

  async toldIn(sessionId: string): Promise<void> {
    await this.#of(/-(task-.*?)-[0-9]+-[0-9a-f]+$/.exec(sessionId)?.[1] ?? '').promise;
  }

  tell(taskId: string): void {
    this.#of(readable(taskId)).resolve();
  }

  #of(task: string): ReturnType<typeof deferred> {
    const told = this.#told.get(task) ?? deferred();
    this.#told.set(task, told);
    return told;
  }
}
