import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { AuditLog, AuditReader } from '../../../auth/audit.ts';
import { AUDIT_OUTCOMES, auditLineSchema } from '../../../contracts/audit.ts';
import type { AuditLine } from '../../../contracts/audit.ts';
import { pageOf } from '../../../contracts/common.ts';
import type { Clock } from '../../../core/clock.ts';
import { cursorUs, limitOf, pageOfRows, readCursor } from '../../cursor.ts';
import { defineRoute, ok, streamed } from '../../route.ts';
import type { Route } from '../../route.ts';
import { pageQuery, recordDone } from '../shared.ts';
import { instantQuery } from '../../../contracts/query-fields.ts';

/** What the routes of the audit log use. */
export interface AuditRoutesDeps {
  audit: AuditLog;
  auditReader: AuditReader;
  clock: Clock;
}

const TAG = 'audit';
/** Lines that an export holds in memory at a time. */
const EXPORT_PAGE = 1_000;
const COLUMNS = ['id', 'at', 'actor', 'action', 'target', 'outcome', 'address', 'details'] as const;

const word = z.string().min(1).max(300);
const filterQuery = z.strictObject({
  actor: word.optional().meta({ description: 'Who, such as `admin` or `device:pump-01`' }),
  action: word
    .optional()
    .meta({ description: 'What, such as `device.create`; with a dot at its end everything that begins so: `device.`' }),
  outcome: z.enum(AUDIT_OUTCOMES).optional(),
  target: word.optional().meta({ description: 'On what' }),
  address: word.optional().meta({ description: 'From where' }),
  start: instantQuery.optional().meta({ description: 'From this instant on; ISO 8601 with zone' }),
  end: instantQuery.optional().meta({ description: 'Before this instant' }),
});
const listQuery = filterQuery.extend(pageQuery.shape);
const auditCursor = z.object({ atUs: cursorUs, auditId: z.string().regex(/^\d{1,18}$/) });

type Filters = z.output<typeof filterQuery>;

/** Reading the audit log, as a list and as a file. */
export function auditRoutes(deps: AuditRoutesDeps): Route[] {
  return [listLines(deps), exportLines(deps)];
}

function listLines({ auditReader }: AuditRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/audit/logs',
    permission: 'audit:read',
    tag: TAG,
    summary: 'The audit log',
    description: 'Who did what, to what, from where, and how it ended. Nobody can change or remove a line.',
    query: listQuery,
    responses: { 200: { description: 'Lines, newest first', schema: pageOf(auditLineSchema) } },
    handler: async ({ caller, query }) => {
      const limit = limitOf(query);
      const after = readCursor(query.cursor, auditCursor);
      const rows = await auditReader.list({ ...queryOf(caller.principal.tenantId, query), after, limit: limit + 1 });
      const key = (row: (typeof rows)[number]) => ({ atUs: row.at_us, auditId: row.id });
      return ok(pageOfRows(rows, limit, { item: lineOf, key }));
    },
  });
}

function exportLines({ auditReader, audit, clock }: AuditRoutesDeps): Route {
  return defineRoute({
    method: 'get',
    path: '/audit/logs/export',
    permission: 'audit:read',
    tag: TAG,
    summary: 'The audit log as CSV',
    description:
      'The same filters; every line, newest first. A cell that a spreadsheet would take for a formula (it begins with = + - or @) has an apostrophe before it.',
    query: filterQuery,
    responses: { 200: { description: 'A file with a header', contentTypes: ['text/csv'] } },
    handler: async (request) => {
      const { caller, query } = request;
      await recordDone(audit, request, { action: 'audit.export', target: 'audit', details: { filters: shownFilters(query) } });
      const day = new Date(clock.nowMs()).toISOString().slice(0, 10);
      const chunks = csvOf(auditReader, queryOf(caller.principal.tenantId, query));
      return streamed({ contentType: 'text/csv; charset=utf-8', fileName: `insa-audit-${day}.csv`, chunks });
    },
  });
}

function queryOf(tenantId: string, { actor, action, outcome, target, address, start, end }: Filters) {
  return { tenantId, actor, action, outcome, target, address, startUs: start, endUs: end };
}

function lineOf({ id, at, actor, action, target, outcome, address, details }: AuditLine): AuditLine {
  return { id, at, actor, action, target, outcome, address, details };
}

/** Filters as a person reads them in the log. */
function shownFilters({ start, end, ...words }: Filters): Readonly<Record<string, unknown>> {
  const iso = (us: string) => new Date(Number(us) / 1_000).toISOString();
  return { ...words, ...(start === undefined ? {} : { start: iso(start) }), ...(end === undefined ? {} : { end: iso(end) }) };
}

/** The file in parts of one page each: lines that are written meanwhile are newer than all of them and stay out. */
async function* csvOf(reader: AuditReader, query: ReturnType<typeof queryOf>): AsyncGenerator<string> {
  let after: { atUs: string; auditId: string } | undefined;
  yield stringify([COLUMNS]);
  for (;;) {
    const rows = await reader.list({ ...query, after, limit: EXPORT_PAGE });
    const last = rows.at(-1);
    if (last === undefined) return;
    const cells = rows.map((row) => COLUMNS.map((column) => (column === 'details' ? JSON.stringify(row.details) : row[column])));
    yield stringify(cells, { escape_formulas: true });
    if (rows.length < EXPORT_PAGE) return;
    after = { atUs: last.at_us, auditId: last.id };
  }
}
