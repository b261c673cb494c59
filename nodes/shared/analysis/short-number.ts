/** A number in few letters, for under a node. */
export function shortNumber(value: number): string {
  return String(Number(value.toPrecision(4)));
}
