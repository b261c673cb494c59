/** One client's subscription to a filter. */
export interface TreeSubscription {
  clientId: string;
  topic: string;
  qos: 0 | 1 | 2;
  rh?: number | undefined;
  rap?: boolean | undefined;
  nl?: boolean | undefined;
}

interface Node {
  children: Map<string, Node>;
  /** Client id -> subscription to the filter that ends here. */
  clients: Map<string, TreeSubscription>;
}

/** Subscriptions by filter, level by level: what matches a topic is found without looking at the others (MQTT 3.1.1, section 4.7). */
export class TopicTree {
  private readonly root = emptyNode();
  private count = 0;

  /** How many subscriptions there are. */
  get size(): number {
    return this.count;
  }

  /** Adds a subscription, or replaces the one of the same client and filter. */
  add(subscription: TreeSubscription): void {
    let node = this.root;
    for (const level of subscription.topic.split('/')) {
      let child = node.children.get(level);
      if (child === undefined) {
        child = emptyNode();
        node.children.set(level, child);
      }
      node = child;
    }
    if (!node.clients.has(subscription.clientId)) this.count += 1;
    node.clients.set(subscription.clientId, subscription);
  }

  remove(topic: string, clientId: string): void {
    const levels = topic.split('/');
    const path: Node[] = [this.root];
    for (const level of levels) {
      const child = path.at(-1)?.children.get(level);
      if (child === undefined) return;
      path.push(child);
    }
    if (path.at(-1)?.clients.delete(clientId) === true) this.count -= 1;
    for (let depth = levels.length; depth > 0; depth -= 1) {
      const node = path[depth];
      if (node === undefined || node.clients.size > 0 || node.children.size > 0) return;
      path[depth - 1]?.children.delete(levels[depth - 1] ?? '');
    }
  }

  /** Every subscription whose filter matches `topic`; those that end in `#` first. */
  match(topic: string): TreeSubscription[] {
    const found: TreeSubscription[] = [];
    if (this.count > 0) collect(this.root, topic.split('/'), 0, found);
    return found;
  }
}

/** True when `filter` matches `topic`. */
export function filterMatches(filter: string, topic: string): boolean {
  const levels = topic.split('/');
  const parts = filter.split('/');
  for (const [index, part] of parts.entries()) {
    if (part === '#') return true;
    if (index >= levels.length || (part !== '+' && part !== levels[index])) return false;
  }
  return parts.length === levels.length;
}

/** True when `filter` stands for more than one topic. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('#') || filter.includes('+');
}

function emptyNode(): Node {
  return { children: new Map(), clients: new Map() };
}

function collect(node: Node, levels: readonly string[], depth: number, found: TreeSubscription[]): void {
  // `a/#` matches `a` as well.
  const rest = node.children.get('#');
  if (rest !== undefined) found.push(...rest.clients.values());
  const level = levels[depth];
  if (level === undefined) {
    found.push(...node.clients.values());
    return;
  }
  for (const name of [level, '+']) {
    const child = node.children.get(name);
    if (child !== undefined) collect(child, levels, depth + 1, found);
  }
}
