/** Which options of nodemailer the query of `SMTP_URL` may have, and what they may be. */
const QUERY = {
  requireTLS: 'switch',
  ignoreTLS: 'switch',
  opportunisticTLS: 'switch',
  connectionTimeout: 'milliseconds',
  greetingTimeout: 'milliseconds',
  socketTimeout: 'milliseconds',
  dnsTimeout: 'milliseconds',
  name: 'text',
  'tls.rejectUnauthorized': 'switch',
  'tls.servername': 'text',
  'tls.minVersion': 'version',
} as const;

const SHAPES: Record<(typeof QUERY)[keyof typeof QUERY], { matches: RegExp; words: string }> = {
  switch: { matches: /^(true|false)$/, words: 'true or false' },
  milliseconds: { matches: /^[1-9]\d{0,5}$/, words: 'milliseconds from 1 to 999999' },
  text: { matches: /^[A-Za-z0-9._-]{1,253}$/, words: 'a host name' },
  version: { matches: /^TLSv1\.[23]$/, words: 'TLSv1.2 or TLSv1.3' },
};

/**
 * What is wrong with the query of `SMTP_URL`, in one sentence, or undefined when nothing is: nodemailer takes whatever stands there and falls over it later, in
 * the middle of a connection.
 */
export function smtpUrlFault(url: string): string | undefined {
  const names = [...new URL(url).searchParams.keys()];
  for (const [name, value] of new URL(url).searchParams) {
    if (!Object.hasOwn(QUERY, name))
      return `SMTP_URL has the option "${name}", which is unknown; there are ${Object.keys(QUERY).join(', ')}.`;
    if (names.filter((one) => one === name).length > 1) return `SMTP_URL has the option "${name}" more than once; leave one.`;
    const { matches, words } = SHAPES[QUERY[name as keyof typeof QUERY]];
    if (!matches.test(value)) return `SMTP_URL has ${name}=${value.slice(0, 50)}; it must be ${words}.`;
  }
  return undefined;
}
