import pg from 'pg';

/** Counts the statements of one kind of connection. */
export interface QueryCount {
  queries(): number;
  stop(): void;
}

/** What goes around statements, and is none that reads. */
const AROUND = /^\s*(?:begin|commit|rollback|select set_config)/i;

/** Counts what connections of this application name send to PostgreSQL from now on in this process, without what begins and ends transactions. */
export function countQueries(applicationName: string): QueryCount {
  const original: unknown = Reflect.get(pg.Client.prototype, 'query');
  if (typeof original !== 'function') throw new Error('pg has no query to count');
  let queries = 0;
  Reflect.set(pg.Client.prototype, 'query', function counted(this: pg.Client, ...args: unknown[]): unknown {
    const parameters: unknown = Reflect.get(this, 'connectionParameters');
    const name: unknown = typeof parameters === 'object' && parameters !== null ? Reflect.get(parameters, 'application_name') : undefined;
    if (name === applicationName && !AROUND.test(textOf(args[0]))) queries += 1;
    const answer: unknown = Reflect.apply(original, this, args);
    return answer;
  });
  return { queries: () => queries, stop: () => void Reflect.set(pg.Client.prototype, 'query', original) };
}

function textOf(statement: unknown): string {
  if (typeof statement === 'string') return statement;
  const text: unknown = typeof statement === 'object' && statement !== null ? Reflect.get(statement, 'text') : undefined;
  return typeof text === 'string' ? text : '';
}
