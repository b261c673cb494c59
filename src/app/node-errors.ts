/** Types that are told apart. A flow can have no more types than are installed, but a palette may be large. */
const TYPES_AT_MOST = 200;

/** Errors of nodes that no catch node took, by node type, since the start; what is beyond 200 types counts as `other`. */
export class NodeErrors {
  private readonly counts = new Map<string, number>();

  note(nodeType: string): void {
    const type = this.counts.has(nodeType) || this.counts.size < TYPES_AT_MOST ? nodeType : 'other';
    this.counts.set(type, (this.counts.get(type) ?? 0) + 1);
  }

  all(): ReadonlyMap<string, number> {
    return this.counts;
  }
}
