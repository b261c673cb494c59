/**
 * How often what answers are made of has changed, as far as this process knows. An answer keeps the stamp of before it was made; it is good while
 * the stamp is still the same, so that nothing has to be searched for when something changes.
 */
export class Versions {
  private readonly byTag = new Map<string, number>();
  private all = 0;
  private last = 0;

  /** Of these tags, as they are now. */
  stamp(tags: readonly string[]): string {
    let stamp = String(this.all);
    for (const tag of tags) stamp += `,${String(this.byTag.get(tag) ?? 0)}`;
    return stamp;
  }

  /** These have changed. */
  rise(tags: readonly string[]): void {
    this.last += 1;
    for (const tag of tags) this.byTag.set(tag, this.last);
  }

  /** Everything may have changed. */
  riseAll(): void {
    this.all += 1;
    this.byTag.clear();
  }
}
