import { AppError } from '../core/errors.ts';

/** How long a password is, in characters. A long sentence is welcome; beyond the limit hashing would become work for others. */
export const PASSWORD_LENGTH = { min: 12, max: 1_000 } as const;

/** The words that guessers try first, among those that are long enough. */
const COMMONEST = new Set([
  '123456789012',
  '1234567890123',
  '123456789123',
  'password1234',
  'password12345',
  'passwordpassword',
  'password123!',
  'qwertyuiop12',
  'qwertyuiop123',
  'qwertyuiopas',
  'qwerty123456',
  '1q2w3e4r5t6y',
  'administrator',
  'adminadminadmin',
  'admin1234567',
  'iloveyou1234',
  'letmeinletmein',
  'welcome12345',
  'changeme1234',
  'changemechangeme',
]);

/**
 * Fails with INVALID_REQUEST naming `field` when a password is too easily guessed: shorter than 12 characters, a name by which the person
 * logs in, one of the commonest, or one character repeated.
 */
export function checkPassword(password: string, names: readonly (string | null | undefined)[], field: string): void {
  const problem = problemOf(password, names);
  if (problem === undefined) return;
  // Shown to people as it is: the field's name stands beside it, for programs.
  const message = `This password is not accepted: ${problem} Choose another, such as four words that do not belong together.`;
  throw new AppError('INVALID_REQUEST', message, { errors: [{ field, message }] });
}

function problemOf(password: string, names: readonly (string | null | undefined)[]): string | undefined {
  const { min, max } = PASSWORD_LENGTH;
  const lower = password.toLowerCase();
  if (password.length < min || password.length > max) return `a password has ${String(min)} to ${String(max)} characters.`;
  if (names.some((name) => name?.toLowerCase() === lower)) return 'a password is not the name or the address with which one logs in.';
  if (COMMONEST.has(lower)) return 'it is one of the passwords that are guessed first.';
  if (new Set(lower).size === 1) return 'it is one character repeated.';
  return undefined;
}
