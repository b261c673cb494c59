import { parseArgs } from 'node:util';
import { createReader, listReaders, removeReader, rotateReader } from '../src/app/grafana-reader.ts';
import type { GrafanaReaderOptions, ReaderAccess } from '../src/app/grafana-reader.ts';
import { loadConfig } from '../src/config/config.ts';
import { AppError } from '../src/core/errors.ts';
import { silentLogger } from '../src/core/logger.ts';

/*
 * `npm run grafana-reader -- create|rotate|remove|list`: who may read the database for Grafana. Ends with 1 when it could not be done, and says why.
 */
const USAGE = `npm run grafana-reader -- <create|rotate|remove|list> [--name NAME] [--tenant TENANT] [--existing]

A reader is a login role of the database that sees the views grafana_* of one tenant and nothing else (docs/grafana.md).

  create   makes one with a generated password, printed this once
  rotate   gives it another password (and takes over the present PUBLIC_URL for links)
  remove   removes it and ends its sessions
  list     shows all readers, without passwords

  --name      its name, grafana_reader unless given
  --tenant    whose data it sees, default unless given (create)
  --existing  the role was made by an administrator of the server (create)

Works while the platform runs and while it is stopped; run it on the machine and with the settings (.env) of the platform.`;

const OPTIONS = {
  name: { type: 'string', default: 'grafana_reader' },
  tenant: { type: 'string', default: 'default' },
  existing: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

try {
  const { values, positionals } = parseArgs({ options: OPTIONS, allowPositionals: true });
  const [action, ...others] = positionals;
  if (values.help) console.log(USAGE);
  else if (action === undefined || others.length > 0) fail(USAGE);
  else await run(action, values);
} catch (error) {
  if (error instanceof AppError) fail(error.message);
  else if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    fail(`${error.message}\n\n${USAGE}`);
  else throw error;
}

async function run(action: string, { name, tenant, existing }: { name: string; tenant: string; existing: boolean }): Promise<void> {
  const options: GrafanaReaderOptions = { config: loadConfig(), logger: silentLogger };
  switch (action) {
    case 'create':
      tell(await createReader(options, { name, tenantId: tenant, role: existing ? 'existing' : 'new' }));
      return;
    case 'rotate':
      tell(await rotateReader(options, name));
      return;
    case 'remove':
      await removeReader(options, name);
      console.log(`The reader ${name} is gone, and its sessions have ended.`);
      return;
    case 'list':
      await list(options);
      return;
    default:
      fail(`There is no action "${action}".\n\n${USAGE}`);
  }
}

function tell(access: ReaderAccess): void {
  const password = access.password ?? 'the one that the administrator of the server chose';
  console.log(`Grafana can read the data of the tenant ${access.tenantId}. Give it these as environment variables:

  INSA_DB_URL=${access.address}
  INSA_DB_NAME=${access.database}
  INSA_DB_USER=${access.name}
  INSA_DB_PASSWORD=${password}

The password is shown this once. Links of the dashboards lead to ${access.platformUrl} (set PUBLIC_URL and run rotate to change that).`);
  if (access.isSocketOnly) {
    console.log(`
The database listens on a private unix socket only: Grafana reaches it there if it runs on this machine as the same user as the database. Otherwise
set EMBEDDED_DATABASE_PORT, start the platform again, and use 127.0.0.1 with that port.`);
  }
}

async function list(options: GrafanaReaderOptions): Promise<void> {
  const readers = await listReaders(options);
  if (readers.length === 0) console.log('There is no reader yet; make one with create.');
  for (const { name, tenantId, createdAt, rotatedAt, platformUrl } of readers) {
    const changed = rotatedAt === null ? '' : `, password of ${rotatedAt.toISOString()}`;
    console.log(`${name}  tenant ${tenantId}, made ${createdAt.toISOString()}${changed}, links to ${platformUrl}`);
  }
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
