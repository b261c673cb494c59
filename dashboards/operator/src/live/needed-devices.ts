/** Which devices somebody on the page shows just now, counted, because several parts may show the same one. */
export class NeededDevices {
  private readonly counts = new Map<string, number>();

  get ids(): string[] {
    return [...this.counts.keys()];
  }

  has(deviceId: string): boolean {
    return this.counts.has(deviceId);
  }

  /** One more part shows each of these; answers those that nobody showed before. */
  add(deviceIds: Iterable<string>): string[] {
    const added: string[] = [];
    for (const id of deviceIds) {
      const count = this.counts.get(id) ?? 0;
      this.counts.set(id, count + 1);
      if (count === 0) added.push(id);
    }
    return added;
  }

  /** One part shows these no longer; answers those that nobody shows now. */
  remove(deviceIds: Iterable<string>): string[] {
    const removed: string[] = [];
    for (const id of deviceIds) {
      const count = this.counts.get(id) ?? 0;
      if (count > 1) this.counts.set(id, count - 1);
      else if (this.counts.delete(id)) removed.push(id);
    }
    return removed;
  }
}
