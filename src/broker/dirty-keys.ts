/** Which records of one kind differ from what is stored. Records that come and go between two writes leave no trace. */
export class DirtyKeys<Key> {
  private readonly dirty = new Set<Key>();
  /** Keys that are stored, or may be: a write of them was tried. */
  private readonly stored = new Set<Key>();

  get isEmpty(): boolean {
    return this.dirty.size === 0;
  }

  /** These were read from the store. */
  loaded(key: Key): void {
    this.stored.add(key);
  }

  changed(key: Key): void {
    this.dirty.add(key);
  }

  removed(key: Key): void {
    if (this.stored.has(key)) this.dirty.add(key);
    else this.dirty.delete(key);
  }

  /** Hands out at most `limit` changed keys: to `put` with the record as it is now, or to `remove` when there is none any more. */
  take<Item>(limit: number, read: (key: Key) => Item | undefined, put: Item[], remove: Key[]): void {
    let left = limit;
    for (const key of this.dirty) {
      if (left === 0) return;
      left -= 1;
      this.dirty.delete(key);
      const item = read(key);
      if (item === undefined) {
        this.stored.delete(key);
        remove.push(key);
      } else {
        this.stored.add(key);
        put.push(item);
      }
    }
  }

  /** A write of `key` failed; whether it is stored is not known. */
  putBack(key: Key): void {
    this.stored.add(key);
    this.dirty.add(key);
  }
}
