import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that some tests need and npm does not bring: their file names, the preferred first, and the Debian package that has them. */
const PROGRAMS = {
  chromium: { files: ['chromium', 'chromium-browser', 'google-chrome'], package: 'chromium' },
  mosquitto: { files: ['mosquitto'], package: 'mosquitto' },
  mosquitto_pub: { files: ['mosquitto_pub'], package: 'mosquitto-clients' },
  mosquitto_sub: { files: ['mosquitto_sub'], package: 'mosquitto-clients' },
  'redis-server': { files: ['redis-server'], package: 'redis-server' },
  nginx: { files: ['nginx'], package: 'nginx-light' },
  openssl: { files: ['openssl'], package: 'openssl' },
  'systemd-analyze': { files: ['systemd-analyze'], package: 'systemd' },
  python3: { files: ['python3'], package: 'python3' },
  prometheus: { files: ['prometheus'], package: 'prometheus' },
  promtool: { files: ['promtool'], package: 'prometheus' },
  /** What the test of this helper asks for. */
  'no-such-program': { files: ['no-such-program'], package: 'no-such-package' },
} as const;

export type SystemProgram = keyof typeof PROGRAMS;

/** Debian keeps servers in folders that an ordinary user's PATH does not have. */
const SERVER_FOLDERS = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/**
 * Says, inside a `describe`, that its tests need a program of the system. Where it is missing they are pending and a line names the package
 * to install; with `CI=true` in the environment they fail instead, so that nothing stays untested unnoticed.
 * @returns the path of the program to start
 */
export function needsProgram(name: SystemProgram): string {
  const path = findProgram(name);
  if (path !== undefined) return path;
  const message = `needs ${name}: install the Debian package "${PROGRAMS[name].package}"`;
  if (process.env['CI'] === 'true') {
    before(message, () => {
      throw new Error(`${name} is missing: install the Debian package "${PROGRAMS[name].package}".`);
    });
    return name;
  }
  it(message);
  before(function () {
    this.skip();
  });
  return name;
}

/** The path of a program, or undefined when it is not installed. */
export function findProgram(name: SystemProgram): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SERVER_FOLDERS].filter((folder) => folder !== '');
  return PROGRAMS[name].files.flatMap((file) => folders.map((folder) => join(folder, file))).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
