/** What stands for a secret. */
export const MASK = '********';

/** Makes text fit to be kept and shown. */
export interface Redactor {
  /** Text in which secrets are masked. */
  text(text: string): string;
  /** A JSON line in which they are, in every text at any depth, and in every field whose name says that it holds one. */
  line(line: string): string;
}

/** Words at the end of a name that say that a secret follows: `password`, `smtp_password`, `accessToken`. */
const SECRET_WORDS =
  'pass(?:word|wd|phrase)|pwd|secret|secret[_-]?access[_-]?key|token|jwt|api[_-]?key|private[_-]?key|authorization|cookies?|credentials|signature';
const SECRET_NAME = new RegExp(`(?:${SECRET_WORDS}|^pass|^auth)$`, 'i');
/** Deeper than anything that is logged on purpose. */
const DEEPEST = 12;
/** Of one text, characters; what comes after is left out, so that nobody can keep the platform busy with masking. */
const LONGEST_TEXT = 16_384;
/** A secret of the configuration that is shorter could be an ordinary word of a sentence; patterns find it where it stands as a secret. */
const SHORTEST_KNOWN = 8;

/**
 * What a secret looks like in text; each pattern takes time in proportion to the text, whatever is in it. What it keeps is enough to know which one was
 * meant: the first six characters of a key are what lists of keys show.
 */
const PATTERNS: readonly (readonly [RegExp, string | ((match: string, login: string) => string)])[] = [
  [/-----BEGIN ([A-Z ]{0,30}PRIVATE KEY)-----[^-]*(?:-----END [A-Z ]{0,30}-----)?/g, `-----BEGIN $1----- ${MASK}`],
  // Keys of devices, gateways and programs (auth/new-key.ts), secrets of webhooks (Standard Webhooks).
  [/(insa_(?:device|gateway|program)_[\w-]{6})[\w-]+/g, `$1${MASK}`],
  [/whsec_[A-Za-z0-9+/=_-]+/g, `whsec_${MASK}`],
  // Tokens of logins.
  [/(?<![\w-])eyJ[\w-]{6,4000}\.[\w-]{6,4000}\.[\w-]*/g, MASK],
  // Headers as they stand in a dump of a request, to the end of the line or of the text in quotes.
  [/\b((?:proxy-)?authorization|(?:set-)?cookie|x-api-key)(["']?[ \t]{0,5}[:=][ \t]{0,5}["']?)[^"'\r\n\\]+/gi, `$1$2${MASK}`],
  [/\b(Bearer|Basic)([ \t]{1,5})(?=[\w.~+/=-]{0,100}[\d.~+/=_-])[\w.~+/=-]{8,}/gi, `$1$2${MASK}`],
  [/\b(Bearer|Basic)([ \t]{1,5})[A-Za-z]{20,}/gi, `$1$2${MASK}`],
  [/\bAUTH (PLAIN|LOGIN) [A-Za-z0-9+/=]+/g, `AUTH $1 ${MASK}`],
  // User and password of an address: of the database, of mail servers, of webhooks.
  [/:\/\/([^\s/?#"'\\<>]{1,1000})@/g, (_, login: string) => `://${maskedLogin(login)}@`],
  // Queries, forms and settings: token=..., api_key=...
  [new RegExp(`(${SECRET_WORDS}|\\bpass|\\bsig|\\bcode|insa_session)=(?!\\*)[^&\\s"'\\\\;,)}\\]]+`, 'gi'), `$1=${MASK}`],
  // JSON in a text, however often it was written as a text again.
  [new RegExp(`((?:${SECRET_WORDS})\\\\{0,15}["'][ \\t]{0,5}:[ \\t]{0,5}\\\\{0,15}["'])[^"'\\\\]+`, 'gi'), `$1${MASK}`],
];

/** Something of this is in whatever a pattern finds: most texts of a line are not looked at further. */
const SUSPICIOUS = /[:=]|insa_|whsec_|eyJ|-----|bearer|basic|AUTH /i;
/** Times. */
const HARMLESS = /^[\d:.TZ+-]{1,40}$/;

/**
 * Masks secrets in logs: what the configuration holds wherever it appears, what looks like a key, token, password or the head of a login, and
 * everything in a field that is called so. `known` are the secrets of the configuration; addresses among them stand for their passwords.
 */
export function createRedactor(known: readonly (string | undefined)[] = []): Redactor {
  const literals = literalsOf(known);
  const text = (given: string): string => {
    let redacted =
      given.length > LONGEST_TEXT ? `${given.slice(0, LONGEST_TEXT)} ... (${String(given.length - LONGEST_TEXT)} more)` : given;
    for (const literal of literals) redacted = redacted.replaceAll(literal, MASK);
    if (!SUSPICIOUS.test(redacted) || HARMLESS.test(redacted)) return redacted;
    for (const [pattern, instead] of PATTERNS) {
      redacted = typeof instead === 'string' ? redacted.replace(pattern, instead) : redacted.replace(pattern, instead);
    }
    return redacted;
  };
  const value = (given: unknown, depth: number): unknown => {
    if (typeof given === 'string') return withinText(given, text, (inner) => value(inner, depth + 1));
    if (typeof given !== 'object' || given === null) return given;
    if (depth > DEEPEST) return MASK;
    if (Array.isArray(given)) return given.map((each) => value(each, depth + 1));
    return Object.fromEntries(
      Object.entries(given).map(([name, each]) => [name, isSecret(name, each) ? MASK : value(each, depth + 1)] as const),
    );
  };
  return { text, line: (line) => redactedLine(line, text, value) };
}

function redactedLine(line: string, text: Redactor['text'], value: (given: unknown, depth: number) => unknown): string {
  try {
    return `${JSON.stringify(value(JSON.parse(line), 0))}\n`;
  } catch {
    return text(line);
  }
}

/** The user stays; who stands alone may be a token. */
function maskedLogin(login: string): string {
  const colon = login.indexOf(':');
  if (colon >= 0) return `${login.slice(0, colon)}:${MASK}`;
  return login.length < SHORTEST_KNOWN ? login : MASK;
}

/** Numbers too: a PIN is a secret. A switch or nothing tells nothing. */
function isSecret(name: string, value: unknown): boolean {
  return SECRET_NAME.test(name) && value !== null && value !== '' && typeof value !== 'boolean';
}

/** A text that is an object or a list in JSON is looked at as one: the names in it say more than patterns see. */
function withinText(given: string, text: Redactor['text'], value: (inner: unknown) => unknown): string {
  if (/^\s*[{[]/.test(given)) {
    try {
      return text(JSON.stringify(value(JSON.parse(given))));
    } catch {
      // Only looked like JSON.
    }
  }
  return text(given);
}

/** The secrets as they may appear: as given, with their percent-encoding undone, and of an address the password alone; the longest first. */
function literalsOf(known: readonly (string | undefined)[]): string[] {
  const literals = known.flatMap((secret) => {
    if (secret === undefined) return [];
    const password = /^[a-z]+:\/\/[^/?#]*/i.test(secret) ? passwordOf(secret) : secret;
    return password === undefined ? [] : [password, decoded(password)];
  });
  return [...new Set(literals)].filter(({ length }) => length >= SHORTEST_KNOWN).sort((a, b) => b.length - a.length);
}

function passwordOf(address: string): string | undefined {
  return /^[a-z]+:\/\/[^/?#@:]*:([^/?#]*)@/i.exec(address)?.[1];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
