import pg from 'pg';
import { READERS_ROLE } from './grafana-readers.ts';

/* What an administrator of a server is told, where the platform's user may not make roles. */

/** The statements that make a reader's role by hand. */
export function roleStatements(name: string): string {
  const role = pg.escapeIdentifier(name);
  return [
    `  create role ${READERS_ROLE} nologin;  -- once for the server`,
    `  create role ${role} login password 'choose one' connection limit 10 in role ${READERS_ROLE};`,
    `  alter role ${role} set default_transaction_read_only = on;`,
    `  alter role ${role} set statement_timeout = '30s';`,
  ].join('\n');
}

/** Instead of `create`. */
export function create(name: string): string {
  return `${roleStatements(name)}\n\nand then run this command again with --existing.`;
}

/** Instead of `rotate`. */
export function rotate(name: string): string {
  return `  alter role ${pg.escapeIdentifier(name)} password 'choose one';`;
}

/** Before `remove`. */
export function drop(name: string): string {
  return `  drop role ${pg.escapeIdentifier(name)};\n\nand then run this command again.`;
}
