import { setImmediate } from 'node:timers/promises';
import { stringify } from 'csv-stringify/sync';
import { z } from 'zod';
import type { AuditLog } from '../../../auth/audit.ts';
import { deviceImportSchema, EXISTING_DEVICES } from '../../../contracts/devices.ts';
import type { DeviceImport, ImportedDevice } from '../../../contracts/devices.ts';
import type { Permission } from '../../../core/permissions.ts';
import type { DeviceImporter } from '../../../devices/device-importer.ts';
import { defineRoute, ok, streamed } from '../../route.ts';
import type { Route } from '../../route.ts';
import { recordDone } from '../shared.ts';
import { IMPORT_COLUMNS, MAX_IMPORT_ROWS, readImport } from './import-csv.ts';
import { assertMayAllowCommands, assertPermission } from './rights.ts';

/** What the import of devices uses. */
export interface ImportRoutesDeps {
  deviceImporter: DeviceImporter;
  audit: AuditLog;
}

const importQuery = z
  .object({
    dry_run: z.enum(['true', 'false']).optional().meta({ description: '`true`: only says what would be done' }),
    existing: z
      .enum(EXISTING_DEVICES)
      .optional()
      .meta({ description: 'What to do with devices that exist: `refuse` the file (unless given), `skip` them, or `update` their fields' }),
  })
  .strict();

const KEYS: Permission = 'credentials:write';
const ROWS_AT_ONCE = 500;

/** POST /devices/import: many devices from a CSV file, with their keys. */
export function importRoutes({ deviceImporter, audit }: ImportRoutesDeps): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/devices/import',
      permission: 'devices:write',
      rate: 'devices',
      tag: 'devices',
      summary: 'Import devices from CSV',
      description: `Columns ${IMPORT_COLUMNS.join(', ')}; \`device_id\` is needed, \`metadata\` is a JSON object, \`allowed_commands\` has spaces between. At most ${String(MAX_IMPORT_ROWS)} rows and 1 MB. All rows or none; every bad row is named. Each new device gets a key, which is shown this once; therefore it needs \`${KEYS}\` too. With \`Accept: text/csv\` the answer is CSV.`,
      query: importQuery,
      body: z.string(),
      bodyMode: 'csv',
      responses: {
        200: {
          description: 'What became of each row',
          schema: deviceImportSchema,
          contentTypes: ['application/json', 'text/csv'],
        },
      },
      problems: ['CONFLICT'],
      handler: async (request) => {
        const { caller, query } = request;
        const { tenantId } = caller.principal;
        assertPermission(caller, KEYS, 'An import issues keys');
        const { rows, columns } = await readImport(request.body);
        if (columns.includes('allowed_commands')) assertMayAllowCommands(caller);
        const existing = query.existing ?? 'refuse';
        const isTrial = query.dry_run === 'true';
        const items = isTrial ? deviceImporter.plan(tenantId, rows, existing) : await deviceImporter.import(tenantId, rows, existing);
        const result = resultOf(items, isTrial);
        if (!isTrial) {
          const ids = (wanted: ImportedDevice['result']) => items.filter((item) => item.result === wanted).map((item) => item.device_id);
          const { created, updated, skipped } = result;
          const details = { created, updated, skipped, created_ids: ids('created'), updated_ids: ids('updated'), columns };
          await recordDone(audit, request, { action: 'device.import', target: `${String(created + updated)} devices`, details });
        }
        if (request.header('accept')?.includes('text/csv') !== true) return ok(result);
        return streamed({ contentType: 'text/csv; charset=utf-8', fileName: 'devices.csv', chunks: csvOf(items) });
      },
    }),
  ];
}

function resultOf(items: ImportedDevice[], isTrial: boolean): DeviceImport {
  const count = (wanted: ImportedDevice['result']) => items.filter(({ result }) => result === wanted).length;
  return { dry_run: isTrial, created: count('created'), updated: count('updated'), skipped: count('skipped'), items };
}

/** What a spreadsheet would take for a formula gets an apostrophe in front. */
async function* csvOf(items: readonly ImportedDevice[]): AsyncGenerator<string> {
  const columns = ['line', 'device_id', 'name', 'result', 'credential_id', 'key'];
  for (let start = 0; start < items.length; start += ROWS_AT_ONCE) {
    yield stringify(items.slice(start, start + ROWS_AT_ONCE), { columns, header: start === 0, escape_formulas: true });
    await setImmediate();
  }
}
