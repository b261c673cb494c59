import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../../core/errors.ts';

/** The user the server runs as; undefined ids mean "whoever runs this program". */
export interface ServerUser {
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

const SAME_USER: ServerUser = { uid: undefined, gid: undefined };

/**
 * PostgreSQL refuses to run as root. As root this answers the owner of an existing cluster, else `postgres`, else `nobody`
 * (initdb needs a user that has a line in /etc/passwd). As an ordinary user it answers that user.
 */
export function chooseServerUser(clusterDir: string): ServerUser {
  if (process.getuid?.() !== 0) return SAME_USER;
  const owner = statSync(clusterDir, { throwIfNoEntry: false });
  if (owner !== undefined && owner.uid !== 0) return { uid: owner.uid, gid: owner.gid };
  const users = new Map(
    readFileSync('/etc/passwd', 'utf8')
      .split('\n')
      .map((line) => [line.split(':')[0], line.split(':')]),
  );
  for (const name of ['postgres', 'nobody']) {
    const fields = users.get(name);
    const uid = Number(fields?.[2]);
    const gid = Number(fields?.[3]);
    if (fields !== undefined && uid > 0) return { uid, gid };
  }
  throw new AppError(
    'INVALID_CONFIG',
    'The embedded database cannot run as root and there is neither a user "postgres" nor "nobody". Start as an ordinary user, or create one of them.',
  );
}

/** True when `user` can reach `target` through every folder above it and read it (and enter or execute it, for folders and programs). */
export function canUse(user: ServerUser, target: string, needs: 'read' | 'execute'): boolean {
  const resolved = path.resolve(target);
  const above = path.dirname(resolved);
  if (above !== resolved && !canEnter(user, above)) return false;
  const entry = statSync(resolved, { throwIfNoEntry: false });
  if (entry === undefined) return false;
  return allows(user, entry, needs === 'execute' || entry.isDirectory() ? 0o5 : 0o4);
}

/** True when `user` may pass through `folder` and every folder above it; folders that do not exist yet are judged by what is above them. */
export function canEnter(user: ServerUser, folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const entry = statSync(at, { throwIfNoEntry: false });
    if (entry !== undefined && !allows(user, entry, 0o1)) return false;
    if (at === path.dirname(at)) return true;
  }
}

function allows(user: ServerUser, entry: { uid: number; gid: number; mode: number }, bits: number): boolean {
  const uid = user.uid ?? process.getuid?.();
  if (uid === undefined) return true; // Windows: the file system's own rules.
  const groups = user.gid === undefined ? [process.getgid?.(), ...(process.getgroups?.() ?? [])] : [user.gid];
  const shift = entry.uid === uid ? 6 : groups.includes(entry.gid) ? 3 : 0;
  return ((entry.mode >> shift) & bits) === bits;
}
