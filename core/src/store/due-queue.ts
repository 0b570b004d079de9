// Tasks by the time at which they are due: a binary heap in which outdated entries stay until they come to the top.

interface Item {
  taskId: string;
  dueAt: number;
}

const earlier = (a: Item, b: Item): boolean => a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.taskId < b.taskId);

export class DueQueue {
  readonly #heap: Item[] = [];
  readonly #due = new Map<string, number>();

  /** undefined: not due ever. */
  set(taskId: string, dueAt: number | undefined): void {
    if (this.#due.get(taskId) === dueAt) return;
    if (dueAt === undefined) {
      this.#due.delete(taskId);
      return;
    }
    this.#due.set(taskId, dueAt);
    this.#push({ taskId, dueAt });
  }

  /** The task that is due first. */
  peek(): Item | undefined {
    for (let top = this.#heap[0]; top; top = this.#heap[0]) {
      if (this.#due.get(top.taskId) === top.dueAt) return top;
      this.#pop();
    }
    return undefined;
  }

  #push(item: Item): void {
    const heap = this.#heap;
    let place = heap.length;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      const above = heap[parent];
      if (above === undefined || !earlier(item, above)) break;
      heap[place] = above;
      place = parent;
    }
    heap[place] = item;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let place = 0;
    for (;;) {
      const child = this.#earlierChild(place);
      const below = heap[child];
      if (below === undefined || !earlier(below, last)) break;
      heap[place] = below;
      place = child;
    }
    heap[place] = last;
  }

  #earlierChild(place: number): number {
    const left = 2 * place + 1;
    const [a, b] = [this.#heap[left], this.#heap[left + 1]];
    return a !== undefined && b !== undefined && earlier(b, a) ? left + 1 : left;
  }
}
