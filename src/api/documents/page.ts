/** Text as HTML shows it. */
export function escapeHtml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);
}

const LINKS = [
  ['/api/v1/docs', 'Routes'],
  ['/api/v1/docs/errors', 'Error codes'],
  ['/api/v1/docs/permissions', 'Permissions'],
  ['/', 'Dashboard'],
] as const;

const MARK =
  '<svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><rect width="32" height="32" rx="8" fill="#0f5f9e"/>' +
  '<path d="M5 17.5h5.2l2.6-8 5.2 14 3.2-9 1.6 3H27" fill="none" stroke="#fff" stroke-width="2.6" stroke-linecap="round" stroke-linejoin="round"/></svg>';

/** The bar with name and links that all documents share. */
export function topBar(): string {
  const links = LINKS.map(([href, text]) => `<a href="${href}">${text}</a>`).join('');
  return `<header class="bar"><a class="brand" href="/api/v1/docs">${MARK}<span><b>INSA</b> IIoT</span></a><nav>${links}</nav></header>`;
}

/** A document as a page of its own: no script, one stylesheet from here. `title` is text, `content` HTML. */
export function page(title: string, content: string): string {
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${escapeHtml(title)}: INSA IIoT Platform</title>
    <link rel="stylesheet" href="/api/v1/docs/documents.css" />
    <link rel="icon" type="image/png" href="/api/v1/docs/favicon-32x32.png" />
  </head>
  <body>
    ${topBar()}
    <main class="document"><h1>${escapeHtml(title)}</h1>
${content}</main>
  </body>
</html>
`;
}

/** The weights of Roboto in which the documents are set, as the dashboard is. */
export const FONT_WEIGHTS = [400, 500, 700] as const;

/** The file of one weight, in the folder `files` of its package and under `/docs`. */
export function fontFile(weight: (typeof FONT_WEIGHTS)[number]): string {
  return `roboto-latin-${String(weight)}-normal.woff2`;
}

const FONTS = FONT_WEIGHTS.map(
  (weight) =>
    `@font-face { font-family: Roboto; font-weight: ${String(weight)}; font-display: swap; src: url(${fontFile(weight)}) format('woff2'); }`,
).join('\n');

/** The stylesheet of all documents, the interactive one included: the colours of the dashboard, dark where the system is. */
export const STYLESHEET = `${FONTS}
:root {
  color-scheme: light dark;
  --line: #d9e0e7; --muted: #55636f; --text: #15202b; --surface: #fff; --background: #f2f4f7; --primary: #0f5f9e; --on-primary: #fff;
  --marked: #e3eef7; --error: #b3261e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --line: #25323f; --muted: #9aa8b5; --text: #e4ebf1; --surface: #121a23; --background: #0b1117; --primary: #6db8f2; --on-primary: #06182a;
    --marked: #1b3347; --error: #ff8a80;
  }
}
body { margin: 0; background: var(--background); color: var(--text); font: 15px/1.5 Roboto, system-ui, sans-serif; }
.bar {
  position: sticky; top: 0; z-index: 10; display: flex; flex-wrap: wrap; align-items: center; gap: 8px 28px;
  padding: 10px 20px; background: var(--surface); border-bottom: 1px solid var(--line);
}
.bar .brand { display: inline-flex; align-items: center; gap: 10px; color: var(--text); font-size: 18px; text-decoration: none; }
.bar .brand b { letter-spacing: 0.06em; }
.bar nav { display: flex; flex-wrap: wrap; gap: 4px 20px; }
a { color: var(--primary); }
.bar nav a { text-decoration: none; font-weight: 500; }
.bar nav a:hover { text-decoration: underline; }
:focus-visible { outline: 2px solid var(--primary); outline-offset: 2px; }
.document { max-width: 1100px; margin: 0 auto; padding: 20px; }
.document h1 { font-size: 26px; margin: 8px 0 12px; }
.document h2 { font-size: 20px; margin: 36px 0 8px; }
.document h3 { font-size: 16px; margin: 24px 0 2px; }
.document :is(h1, h2, h3, tr) { scroll-margin-top: 64px; }
.document p { max-width: 80ch; color: var(--muted); margin: 4px 0 14px; }
.document ul { margin: 0; padding-left: 20px; }
.document table { width: 100%; border-collapse: collapse; background: var(--surface); border: 1px solid var(--line); font-size: 14px; }
.document th, .document td { padding: 8px 12px; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
.document th { color: var(--muted); font-weight: 600; }
.document .number { font-variant-numeric: tabular-nums; }
.document .mark { text-align: center; color: var(--primary); }
tr:target, h3:target { background: var(--marked); }
.document code { font: 13px/1.4 ui-monospace, monospace; }
.login { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; max-width: 1420px; margin: 16px auto 0; padding: 0 20px; box-sizing: border-box; }
.login input, .login button { font: inherit; padding: 7px 12px; border: 1px solid var(--line); border-radius: 8px; background: var(--surface); color: var(--text); }
.login button { border-color: var(--primary); background: var(--primary); color: var(--on-primary); cursor: pointer; }
.login output { color: var(--muted); }
.login .refusal { margin: 0; color: var(--error); font-weight: 500; }
html.dark-mode, html.dark-mode .swagger-ui { background: var(--background); }
.swagger-ui .topbar { display: none; }
.swagger-ui, .swagger-ui :not(pre, pre *, code, code *, textarea) { font-family: Roboto, system-ui, sans-serif !important; }
.swagger-ui, .swagger-ui .info .title, .swagger-ui .opblock-tag, .swagger-ui .opblock .opblock-summary-description { color: var(--text) !important; }
.swagger-ui .info { margin: 24px 0 12px; }
.swagger-ui .scheme-container { padding: 12px 0; box-shadow: none; border: solid var(--line); border-width: 1px 0; }
@media (max-width: 700px) { .document { padding: 12px; } .document table { display: block; overflow-x: auto; } }
`;
