import { isDeepStrictEqual } from 'node:util';
import type { FlowDifference, FlowItem } from '../contracts/flows.ts';
import { nameOf, placesOf } from './flow-node.ts';
import type { FlowNode } from './flow-node.ts';

/** Where a node stands on its tab, and how large a group is drawn: nothing that runs depends on it. */
const POSITION = new Set(['x', 'y', 'w', 'h']);
/** What says least about a change is named last. */
const ASIDE = new Set(['comment', 'debug', 'group', 'junction']);
const SUMMARY_NAMES = 3;
const NAME_LENGTH = 60;

type Kind = 'added' | 'removed' | 'changed' | 'moved';

/**
 * What must be done to `before` to make it `after`: nodes by id, changed ones with the names of their properties (`position` for the
 * place on the tab), counts by tab, and one line for people. The order of nodes and of properties does not count.
 */
export function differenceOf(before: readonly FlowNode[], after: readonly FlowNode[]): FlowDifference {
  const old = new Map(before.map((node) => [node.id, node]));
  const now = new Map(after.map((node) => [node.id, node]));
  const [placeBefore, placeAfter] = [placesOf(before), placesOf(after)];
  const added = after.filter(({ id }) => !old.has(id)).map((node) => itemOf(node, placeAfter));
  const removed = before.filter(({ id }) => !now.has(id)).map((node) => itemOf(node, placeBefore));
  const changed: FlowDifference['changed'] = [];
  const moved: FlowItem[] = [];
  for (const node of now.values()) {
    const earlier = old.get(node.id);
    const properties = earlier === undefined ? [] : changedProperties(earlier, node);
    if (properties.length === 0) continue;
    if (properties.length === 1 && properties[0] === 'position') moved.push(itemOf(node, placeAfter));
    else changed.push({ ...itemOf(node, placeAfter), properties });
  }
  const lists = { added, removed, changed, moved };
  return { summary: summaryOf(lists), ...lists, tabs: countsOf(lists) };
}

/** True when nothing differs. */
export function isEmpty({ added, removed, changed, moved }: FlowDifference): boolean {
  return added.length + removed.length + changed.length + moved.length === 0;
}

function itemOf(node: FlowNode, placeOf: (node: FlowNode) => string | null): FlowItem {
  return { id: node.id, type: node.type, name: nameOf(node), tab: placeOf(node) };
}

function changedProperties(before: FlowNode, after: FlowNode): string[] {
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = [...names].filter((name) => !isDeepStrictEqual(before[name], after[name]));
  const properties = changed.filter((name) => !POSITION.has(name));
  return properties.length === changed.length ? properties : [...properties, 'position'];
}

function countsOf(lists: Record<Kind, readonly FlowItem[]>): FlowDifference['tabs'] {
  const counts = new Map<string | null, FlowDifference['tabs'][number]>();
  for (const kind of ['added', 'removed', 'changed', 'moved'] as const) {
    for (const { tab, type, name } of lists[kind]) {
      // A tab counts as part of itself.
      const place = type === 'tab' ? name : tab;
      const row = counts.get(place) ?? { tab: place, added: 0, removed: 0, changed: 0, moved: 0 };
      row[kind] += 1;
      counts.set(place, row);
    }
  }
  return [...counts.values()];
}

/** `+2 -1 ~3: High temperature on Plant, Store on Plant and 4 more`. */
function summaryOf({ added, removed, changed, moved }: Record<Kind, readonly FlowItem[]>): string {
  const counts = [
    ...(added.length > 0 ? [`+${String(added.length)}`] : []),
    ...(removed.length > 0 ? [`-${String(removed.length)}`] : []),
    ...(changed.length > 0 ? [`~${String(changed.length)}`] : []),
    ...(moved.length > 0 ? [`${String(moved.length)} moved`] : []),
  ];
  if (counts.length === 0) return 'nothing changed';
  const all = [...added, ...removed, ...changed, ...moved];
  const items = [...all.filter(({ type }) => !ASIDE.has(type)), ...all.filter(({ type }) => ASIDE.has(type))];
  const named = items.slice(0, SUMMARY_NAMES).map(({ name, tab }) => `${short(name)}${tab === null ? '' : ` on ${short(tab)}`}`);
  const more = items.length > SUMMARY_NAMES ? ` and ${String(items.length - SUMMARY_NAMES)} more` : '';
  return `${counts.join(' ')}: ${named.join(', ')}${more}`;
}

function short(name: string): string {
  return name.length > NAME_LENGTH ? `${name.slice(0, NAME_LENGTH - 1).toWellFormed()}…` : name;
}
