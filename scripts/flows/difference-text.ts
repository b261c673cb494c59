import type { FlowDifference, FlowItem } from '../../src/contracts/flows.ts';

/** The difference as lines for a person: `+` added, `-` removed, `~` changed with its properties, `>` moved. */
export function differenceText({ added, removed, changed, moved }: FlowDifference): string[] {
  return [
    ...added.map((item) => `  + ${named(item)}`),
    ...removed.map((item) => `  - ${named(item)}`),
    ...changed.map(({ properties, ...item }) => `  ~ ${named(item)}: ${properties.join(', ')}`),
    ...moved.map((item) => `  > ${named(item)}`),
  ];
}

function named({ name, type, tab, id }: FlowItem): string {
  return `${name} (${type}, ${id})${tab === null ? '' : ` on ${tab}`}`;
}
