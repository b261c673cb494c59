/** A node that takes part only while it is its turn. */
export interface TurnTaker {
  readonly nodeId: string;
  /** The tab it is on: what the others show. */
  readonly tabLabel: string;
  /** Told at once, and whenever it changes: undefined when it is this node's turn, otherwise the tab of the node whose turn it is. */
  onTurn(otherTab: string | undefined): void;
}

/** Lets one node of a kind take part at a time: that with the lowest id, as with outlets. Each kind has one of these. */
export class Turns {
  /** The lowest node id first, by the object that stands for the platform. */
  private readonly takers = new WeakMap<object, readonly TurnTaker[]>();

  /** Joins the nodes of a platform (given as any object that all of them have in common); answers how to leave. */
  join(platform: object, taker: TurnTaker): () => void {
    this.change(platform, [...this.of(platform), taker]);
    return () => {
      this.change(
        platform,
        this.of(platform).filter((other) => other !== taker),
      );
    };
  }

  private of(platform: object): readonly TurnTaker[] {
    return this.takers.get(platform) ?? [];
  }

  private change(platform: object, list: readonly TurnTaker[]): void {
    const [active, ...others] = [...list].sort((a, b) => (a.nodeId < b.nodeId ? -1 : 1));
    this.takers.set(platform, list);
    // Who has to stop hears of it first.
    for (const other of others) other.onTurn(active?.tabLabel ?? '');
    active?.onTurn(undefined);
  }
}
