import { rowOf } from '../contracts/cache.ts';
import type { Queryable } from './database.ts';

/** What a piece of work wrote: rows of one tenant, or (undefined) of any. */
export interface Written {
  tenantId: string | undefined;
  /** Names of tables; `table.column` where a statement says that it writes only that, and `table/row` (`rowsOf`) where it says which rows. */
  tables: ReadonlySet<string>;
}

/** Is told of every write after it was committed (or may have been), before whoever wrote goes on; must not reject. */
export type WriteListener = (written: Written) => void | Promise<void>;

const WRITES =
  /\b(insert\s+into|update(?:\s+only)?|delete\s+from(?:\s+only)?|truncate(?:\s+table)?|merge\s+into)\s+(?:public\.)?"?([a-z_][a-z0-9_]*)/gi;
/** Rows that refer to those that go are deleted, or emptied. */
const REMOVES = /^(?:delete|truncate|merge)/i;
/** What a statement says of itself when it writes so often, and so little, that the whole table must not count as written. */
const SAYS = /\/\* writes only ([a-z_.]+) \*\//;
/** What a statement says of itself when the id of each row that it inserts or updates is one of its values. */
const SAYS_ROW = /\/\* row \$(\d+) \*\//;
/** Statements have their text in the source; so many there are not. */
const MOST_TEXTS = 2_000;

/** What a statement writes, as its text says. */
interface Writes {
  tables: readonly string[];
  /** Which of its values is the id of the row; undefined: any rows may be meant. */
  rowAt: number | undefined;
}

const NOTHING: Writes = { tables: [], rowAt: undefined };

/**
 * Which tables are written, read off the statements themselves, so that no writer can forget to tell: where rows are deleted, those tables count as
 * written too whose rows a foreign key deletes or empties with them. Connections of `Database.connect` are not heard.
 */
export class WrittenTables {
  private readonly listeners = new Set<WriteListener>();
  private readonly byText = new Map<string, Writes>();
  private dependents: ReadonlyMap<string, readonly string[]> = new Map();

  /** Reads which tables the database changes by itself when others are written. */
  async load(db: Queryable): Promise<void> {
    const { rows } = await db.query<{ parent: string; child: string }>(
      `select confrelid::regclass::text as parent, conrelid::regclass::text as child from pg_constraint
        where contype = 'f' and confdeltype in ('c', 'n', 'd') and conparentid = 0`,
    );
    const groups = Map.groupBy(rows, ({ parent }) => parent);
    this.dependents = new Map([...groups].map(([parent, ofParent]) => [parent, ofParent.map(({ child }) => child)]));
  }

  /** Calls `listener` after every write; answers a function that ends it. */
  onWritten(listener: WriteListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** The same connection or pool, whose written tables are added to `tables`. */
  noting<Db extends Queryable>(db: Db, tables: Set<string>): Db {
    return new Proxy(db, {
      get: (target, name) => {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          if (name === 'query') for (const table of this.tablesOf(...args)) tables.add(table);
          return Reflect.apply(member, target, args);
        };
      },
    });
  }

  /** Tells what was written, unless nothing was; resolves when all have heard it. */
  async tell(tenantId: string | undefined, tables: ReadonlySet<string>): Promise<void> {
    if (tables.size === 0) return;
    for (const listener of this.listeners) await listener({ tenantId, tables });
  }

  /** The tables, or the rows of them, that a statement writes; of one that only reads, none. */
  tablesOf(statement?: unknown, values?: unknown): readonly string[] {
    const { tables, rowAt } = this.writesOf(statement);
    if (rowAt === undefined) return tables;
    const id: unknown = valuesOf(statement, values)[rowAt];
    return typeof id === 'string' ? tables.map((table) => rowOf(table, id)) : tables;
  }

  private writesOf(statement: unknown): Writes {
    const text = textOf(statement);
    if (text === undefined) return NOTHING;
    const known = this.byText.get(text);
    if (known !== undefined) return known;
    const said = SAYS.exec(text)?.[1];
    const tables = said === undefined ? [...new Set(this.namedIn(text))] : [said];
    const writes = { tables, rowAt: rowSaidIn(text) };
    if (this.byText.size >= MOST_TEXTS) this.byText.clear();
    this.byText.set(text, writes);
    return writes;
  }

  private namedIn(text: string): string[] {
    return [...text.matchAll(WRITES)].flatMap(([, verb = '', name = '']) => {
      const table = name.toLowerCase();
      return REMOVES.test(verb) ? [table, ...this.reachedFrom(table)] : [table];
    });
  }

  private reachedFrom(table: string, seen = new Set<string>()): string[] {
    for (const child of this.dependents.get(table) ?? []) {
      if (seen.has(child)) continue;
      seen.add(child);
      this.reachedFrom(child, seen);
    }
    return [...seen];
  }
}

/** Of a statement that writes one table; whose rows go takes others with them, whatever it says. */
function rowSaidIn(text: string): number | undefined {
  const place = SAYS_ROW.exec(text)?.[1];
  const verbs = [...text.matchAll(WRITES)].filter(([, , name]) => name !== 'set').map(([, verb = '']) => verb);
  return place === undefined || verbs.length !== 1 || verbs.some((verb) => REMOVES.test(verb)) ? undefined : Number(place) - 1;
}

function valuesOf(statement: unknown, values: unknown): readonly unknown[] {
  if (Array.isArray(values)) return values;
  const own = typeof statement === 'object' && statement !== null && 'values' in statement ? statement.values : undefined;
  return Array.isArray(own) ? own : [];
}

function textOf(statement: unknown): string | undefined {
  if (typeof statement === 'string') return statement;
  if (typeof statement !== 'object' || statement === null || !('text' in statement)) return undefined;
  return typeof statement.text === 'string' ? statement.text : undefined;
}
