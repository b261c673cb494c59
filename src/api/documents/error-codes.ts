import { ERROR_CODES } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/errors.ts';
import { escapeHtml, page } from './page.ts';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];

/** What stands above the list, in plain words. */
export const ERROR_CODES_INTRODUCTION =
  'Every refusal is a problem (RFC 9457, application/problem+json). Its "code" is stable and what a program decides by; "detail" says to a person which value broke which rule; "errors" names the fields; "request_id" finds it in the log.';

/** Every code with its HTTP status, what it means and what helps, in the order of statuses. */
export function errorCodeRows(): readonly { code: ErrorCode; status: number; title: string; remedy: string }[] {
  return CODES.map((code) => ({ code, ...ERROR_CODES[code] })).sort((a, b) => a.status - b.status);
}

/** The page of codes, with an anchor for each: the `type` of every problem leads here. */
export function errorCodesPage(): string {
  const rows = errorCodeRows().map(
    ({ code, status, title, remedy }) =>
      `<tr id="${code}"><td><a href="#${code}"><code>${code}</code></a></td><td class="number">${String(status)}</td>` +
      `<td>${escapeHtml(title)}</td><td>${withCode(remedy)}</td></tr>`,
  );
  return page(
    'Error codes',
    `<p>${escapeHtml(ERROR_CODES_INTRODUCTION)}</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>What helps</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`,
  );
}

/** Text with words in back-quotes, as HTML. */
function withCode(text: string): string {
  return escapeHtml(text).replaceAll(/`([^`]+)`/g, '<code>$1</code>');
}
