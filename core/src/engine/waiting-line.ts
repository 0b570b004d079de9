// Who waits for which admission slot. Let in one at a time, in the order of acceptance, as long as the slot lets them.
// Costs a try or two for each slot that is freed, however many wait.

export interface Waiter {
  readonly taskId: string;
  readonly createdAt: number;
  /** Tries to take its slots; comes back to a line when one is full. Never rejects. */
  admit(): Promise<void>;
}

const isEarlier = (a: Waiter, b: Waiter): boolean =>
  a.createdAt < b.createdAt || (a.createdAt === b.createdAt && a.taskId < b.taskId);

export class WaitingLine<Member extends Waiter> {
  /** By slot, oldest first. */
  private readonly lines = new Map<string, Member[]>();
  private readonly slotOf = new Map<Member, string>();
  /** Slots whose line is being let in; true: one was freed meanwhile. */
  private readonly letting = new Map<string, boolean>();
  /** Who is being let in from a line: the others there still stand behind it. */
  private readonly entering = new Map<string, Member>();

  /** The slot in whose line a newcomer has to wait: its own if it stands in one, else the first for which others wait. */
  behind(member: Member, slots: readonly string[]): string | undefined {
    return this.slotOf.get(member) ?? slots.find((slot) => this.letting.has(slot) || this.lines.has(slot));
  }

  /** The first of the slots for which someone waits who came earlier than one that is being let in. */
  behindEarlier(member: Member, slots: readonly string[]): string | undefined {
    return slots.find((slot) => {
      const waiting = [this.entering.get(slot), this.lines.get(slot)?.[0]];
      return waiting.some((other) => other !== undefined && other !== member && isEarlier(other, member));
    });
  }

  add(member: Member, slot: string): void {
    this.remove(member);
    const line = this.lines.get(slot) ?? [];
    const later = line.findIndex((other) => isEarlier(member, other));
    line.splice(later < 0 ? line.length : later, 0, member);
    this.lines.set(slot, line);
    this.slotOf.set(member, slot);
  }

  /** Returns the slot for which it waited. */
  remove(member: Member): string | undefined {
    const slot = this.slotOf.get(member);
    if (slot === undefined) return undefined;
    this.slotOf.delete(member);
    const line = this.lines.get(slot)?.filter((other) => other !== member) ?? [];
    if (line.length > 0) this.lines.set(slot, line);
    else this.lines.delete(slot);
    return slot;
  }

  /** Lets in whoever fits now. */
  async freed(slots: readonly string[]): Promise<void> {
    await Promise.all(slots.map((slot) => this.letIn(slot)));
  }

  private async letIn(slot: string): Promise<void> {
    const isUnderWay = this.letting.has(slot);
    this.letting.set(slot, true);
    if (isUnderWay) return;
    while (this.letting.get(slot) === true) {
      this.letting.set(slot, false);
      for (let next = this.lines.get(slot)?.[0]; next; next = this.lines.get(slot)?.[0]) {
        this.remove(next);
        this.entering.set(slot, next);
        await next.admit();
        this.entering.delete(slot);
        if (this.slotOf.get(next) === slot) break;
      }
    }
    this.letting.delete(slot);
  }
}
