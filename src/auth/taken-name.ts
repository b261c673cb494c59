import { AppError } from '../core/errors.ts';

/** What PostgreSQL says when a unique index refuses a row. */
const UNIQUE_VIOLATION = '23505';

/** True for the refusal of a value that must be unique. */
export function isTaken(error: unknown): error is Error & { detail?: unknown } {
  return error instanceof Error && 'code' in error && error.code === UNIQUE_VIOLATION;
}

/** Turns the refusal of a name or address by which somebody else logs in into CONFLICT naming the field; passes on everything else. */
export function takenName(names: { username?: string | undefined; email?: string | null | undefined }): (error: unknown) => never {
  return (error) => {
    if (!isTaken(error)) throw error;
    const detail = typeof error.detail === 'string' ? error.detail.toLowerCase() : '';
    const { username, email } = names;
    const field = typeof email === 'string' && detail.includes(`(${email.toLowerCase()})`) ? 'email' : 'username';
    const message = `The ${field === 'email' ? 'e-mail address' : 'user name'} "${(field === 'email' ? email : username) ?? ''}" is taken: somebody logs in with it. Choose another.`;
    throw new AppError('CONFLICT', message, { errors: [{ field, message }], cause: error });
  };
}
