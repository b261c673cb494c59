/** A condition in SQL with `?` for each of its values. */
export type Condition = readonly [sql: string, ...values: unknown[]];

/** The conditions that are asked for, with their bound parameters. */
export interface Conditions {
  /** What stands behind `where`. */
  sql: string;
  values: unknown[];
  /** Which of the conditions these are: part of the name under which the statement is prepared. */
  shape: string;
}

/**
 * Joins conditions with `and`; one of which a value is undefined is not asked for and is left out. A statement that has no more conditions than
 * are asked for gets a plan that fits them; `$1 is null or ...` would get one for all cases, which sorts a whole table to show a page of it.
 */
export function conditionsOf(...conditions: readonly Condition[]): Conditions {
  const values: unknown[] = [];
  const asked = conditions.map(([, ...given]) => given.every((value) => value !== undefined));
  const parts = conditions
    .filter((_, i) => asked[i])
    .map(([sql, ...given]) => {
      let place = 0;
      return sql.replaceAll('?', () => {
        values.push(given[place]);
        place += 1;
        return `$${String(values.length)}`;
      });
    });
  return { sql: parts.join(' and '), values, shape: asked.map((is) => (is ? '1' : '0')).join('') };
}
