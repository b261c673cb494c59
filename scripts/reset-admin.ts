import { parseArgs } from 'node:util';
import { resetAdmin } from '../src/app/reset-admin.ts';
import { loadConfig } from '../src/config/config.ts';
import { AppError } from '../src/core/errors.ts';
import { silentLogger } from '../src/core/logger.ts';

/*
 * `npm run reset-admin [-- --username NAME]`: for administrators who cannot log in any more. Ends with 1 when that could not be helped, and
 * says why.
 */
const USAGE = `npm run reset-admin [-- --username NAME]

Gives an administrator a new password, printed this once, which must be changed at the next login. The account is enabled, has
the role admin from then on, and all its logins end. Works while the platform runs and while it is stopped; run it on the machine
and with the settings (.env) of the platform. Without --username it is the only administrator there is.`;

const OPTIONS = { username: { type: 'string' }, help: { type: 'boolean', default: false } } as const;

try {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) console.log(USAGE);
  else await reset(values.username);
} catch (error) {
  if (error instanceof AppError) console.error(error.message);
  else if (error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS'))
    console.error(`${error.message}\n\n${USAGE}`);
  else throw error;
  process.exitCode = 1;
}

async function reset(username: string | undefined): Promise<void> {
  const done = await resetAdmin({ config: loadConfig(), username, logger: silentLogger });
  console.log(`The administrator can log in again:

  User name  ${done.username}
  Password   ${done.password}

It is shown this once and must be changed at the login. Every earlier login of the account has ended${done.isRunning ? ' (in the running platform within 5 s)' : ''}.`);
}
