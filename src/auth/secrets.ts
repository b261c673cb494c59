/** What is shown in the place of a secret. */
export const MASKED = '***';

/** Names that hold these, written together or apart, hold a secret whatever else they say. */
const TELLING =
  /password|passwort|passwd|passphrase|passcode|contrasen|secret|token|credential|authorization|bearer|apikey|privatekey|accesskey|connectionstring|pincode/;
/** Words that say it when they stand alone. */
const SECRET_WORDS = new Set(['pwd', 'psk', 'jwt', 'otp', 'dsn', 'cookie']);
/** Words that say it at the end of a name, unless the word before them makes something else of them. */
const LAST_WORDS: Readonly<Record<string, ReadonlySet<string>>> = {
  key: new Set(['series', 'widget', 'telemetry', 'condition', 'left', 'right', 'public', 'sort', 'primary', 'foreign', 'group', 'row']),
  pass: new Set(['low', 'high', 'band', 'all', 'by', 'com', 'over', 'under']),
  pin: new Set(['gpio', 'led', 'relay', 'input', 'output', 'analog', 'digital', 'tx', 'rx', 'clock', 'reset']),
  auth: new Set(),
};
/** Words run together that end like a secret: "wifipass" is one, "compass" is none. */
const RUN_TOGETHER = /^(?!(?:com|by|low|high|band|over|under|tres|sur|all)pass$)[a-z]+(?:pass|pwd|psk)$/;
/** Parameters that are secrets in an address only. */
const ADDRESS_ONLY = new Set(['key', 'sig', 'signature', 'code']);

/**
 * Whether a field's name says that it holds a secret: `certainly` whatever the value is, `likely` when the value is a single one (an object
 * has names of its own). A bare `key` is the name of a measured quantity here, and none.
 */
export function secrecyOf(name: string): 'certainly' | 'likely' | 'none' {
  const words = wordsOf(name);
  if (TELLING.test(words.join('')) || words.some((word) => SECRET_WORDS.has(word) || RUN_TOGETHER.test(word))) return 'certainly';
  const last = (words.at(-1) ?? '').replace(/(?<=key|pin)s$/, '');
  const others = Object.hasOwn(LAST_WORDS, last) ? LAST_WORDS[last] : undefined;
  if (others === undefined) return 'none';
  const before = words.at(-2);
  if (before === undefined) return last === 'key' ? 'none' : 'likely';
  return others.has(before) ? 'none' : 'likely';
}

/**
 * A text with the secrets in it masked: who logs in to an address (`postgres://***@db`), parameters and settings whose names say that they
 * hold one (`?token=***`, `Password=***;`, `"token":"***"`), what follows `Bearer`, `Basic` with a name and a password, private keys.
 */
export function withoutSecrets(text: string): string {
  const addressed = text.includes('://') ? withoutLogins(text) : text;
  // Every quantifier has an end: these texts are chosen by others, and may be long.
  return addressed
    .replace(/([A-Za-z][\w.%-]{0,60})(\s?=\s?)("[^"]{0,2000}"|'[^']{0,2000}'|[^\s;&#"']{1,2000})/g, (whole, name: string, is: string) =>
      secrecyOf(name) === 'none' ? whole : `${name}${is}${MASKED}`,
    )
    .replace(/"([^"\\]{1,60})"(\s{0,5}:\s{0,5})"(?:[^"\\]|\\.){0,2000}"/g, (whole, name: string, is: string) =>
      secrecyOf(name) === 'none' ? whole : `"${name}"${is}"${MASKED}"`,
    )
    .replace(/\b(Bearer)\s{1,5}[\w+/=.~-]{8,2000}/gi, `$1 ${MASKED}`)
    .replace(/\b(Basic)\s{1,5}([A-Za-z0-9+/]{4,2000}={0,2})/gi, (whole, scheme: string, encoded: string) =>
      /^[ -~]*:[ -~]*$/.test(Buffer.from(encoded, 'base64').toString('latin1')) ? `${scheme} ${MASKED}` : whole,
    )
    .replace(/-----BEGIN ([A-Z ]{0,30}PRIVATE KEY)-----[^-]{0,20000}(?:-----END [A-Z ]{0,40}-----)?/g, `-----BEGIN $1----- ${MASKED}`);
}

function withoutLogins(text: string): string {
  return (
    text
      // A password may hold what should have been encoded; a port may not be taken for one.
      .replace(/(:\/\/)[^\s:/?#@]{0,200}:(?!\d{1,5}(?:[/?#\s]|$))[^\s"'<>]{0,1000}@/g, `$1${MASKED}@`)
      .replace(/(:\/\/)[^\s/?#"'<>]{1,1000}@/g, `$1${MASKED}@`)
      .replace(/([?&;])([\w.%-]{1,60})=([^\s&;#"'<>]{1,2000})/g, (whole, mark: string, name: string) =>
        ADDRESS_ONLY.has(name.toLowerCase()) ? `${mark}${name}=${MASKED}` : whole,
      )
  );
}

function wordsOf(name: string): string[] {
  return name
    .slice(0, 200)
    .normalize('NFD')
    .replace(/\p{Mn}/gu, '')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
}
