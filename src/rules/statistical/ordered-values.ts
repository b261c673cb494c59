/** A value, how often it is there, and the values that are smaller and larger. */
interface Branch {
  value: number;
  times: number;
  /** Of this branch and all below it. */
  total: number;
  /** Decides who stands above whom; as good as random, so that the tree stays flat whatever order values come in. */
  priority: number;
  smaller: Branch | undefined;
  larger: Branch | undefined;
}

/** Numbers in order, equal ones included: adding, removing and asking for the n-th smallest cost the logarithm of their number (a treap). */
export class OrderedValues {
  private root: Branch | undefined;
  private made = 0;

  get size(): number {
    return this.root?.total ?? 0;
  }

  /** Adds a number. */
  add(value: number): void {
    this.root = this.withOneMore(this.root, value);
  }

  /** Takes one of the numbers of this value out; it must be there. */
  remove(value: number): void {
    this.root = withOneLess(this.root, value);
  }

  /** The number at a place, 0 being the smallest; NaN outside. */
  at(place: number): number {
    let branch = this.root;
    let left = place;
    while (branch !== undefined) {
      const smaller = totalOf(branch.smaller);
      if (left < smaller) branch = branch.smaller;
      else if (left < smaller + branch.times) return branch.value;
      else {
        left -= smaller + branch.times;
        branch = branch.larger;
      }
    }
    return Number.NaN;
  }

  private withOneMore(branch: Branch | undefined, value: number): Branch {
    if (branch === undefined) {
      this.made += 1;
      return { value, times: 1, total: 1, priority: scattered(this.made), smaller: undefined, larger: undefined };
    }
    branch.total += 1;
    if (value === branch.value) {
      branch.times += 1;
      return branch;
    }
    if (value < branch.value) {
      branch.smaller = this.withOneMore(branch.smaller, value);
      return branch.smaller.priority > branch.priority ? raisedSmaller(branch, branch.smaller) : branch;
    }
    branch.larger = this.withOneMore(branch.larger, value);
    return branch.larger.priority > branch.priority ? raisedLarger(branch, branch.larger) : branch;
  }
}

function withOneLess(branch: Branch | undefined, value: number): Branch | undefined {
  if (branch === undefined) return undefined;
  if (value === branch.value && branch.times === 1) return joined(branch.smaller, branch.larger);
  branch.total -= 1;
  if (value === branch.value) branch.times -= 1;
  else if (value < branch.value) branch.smaller = withOneLess(branch.smaller, value);
  else branch.larger = withOneLess(branch.larger, value);
  return branch;
}

/** One tree of two, all values of the first being smaller. */
function joined(smaller: Branch | undefined, larger: Branch | undefined): Branch | undefined {
  if (smaller === undefined) return larger;
  if (larger === undefined) return smaller;
  if (smaller.priority > larger.priority) {
    smaller.larger = joined(smaller.larger, larger);
    recount(smaller);
    return smaller;
  }
  larger.smaller = joined(smaller, larger.smaller);
  recount(larger);
  return larger;
}

function raisedSmaller(branch: Branch, child: Branch): Branch {
  branch.smaller = child.larger;
  child.larger = branch;
  recount(branch);
  recount(child);
  return child;
}

function raisedLarger(branch: Branch, child: Branch): Branch {
  branch.larger = child.smaller;
  child.smaller = branch;
  recount(branch);
  recount(child);
  return child;
}

function recount(branch: Branch): void {
  branch.total = branch.times + totalOf(branch.smaller) + totalOf(branch.larger);
}

function totalOf(branch: Branch | undefined): number {
  return branch?.total ?? 0;
}

/** A number that looks random, from a count (the mixing step of MurmurHash3). */
function scattered(count: number): number {
  let mixed = Math.imul(count ^ (count >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
