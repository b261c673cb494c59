import express from 'express';
import type { Router } from 'express';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { errorCodesPage } from './documents/error-codes.ts';
import { FONT_WEIGHTS, fontFile, STYLESHEET, topBar } from './documents/page.ts';
import { permissionsPage } from './documents/permissions.ts';
import type { Route } from './route.ts';

/** The files of these packages that are served, and nothing else of them. */
const FILES: readonly (readonly [packageName: string, file: string])[] = [
  ['swagger-ui-dist', 'swagger-ui.css'],
  ['swagger-ui-dist', 'swagger-ui-bundle.js'],
  ['swagger-ui-dist', 'favicon-32x32.png'],
  ...FONT_WEIGHTS.map((weight) => ['@fontsource/roboto', `files/${fontFile(weight)}`] as const),
];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>API: INSA IIoT Platform</title>
    <link rel="stylesheet" href="/api/v1/docs/swagger-ui.css" />
    <link rel="stylesheet" href="/api/v1/docs/documents.css" />
    <link rel="icon" type="image/png" href="/api/v1/docs/favicon-32x32.png" />
  </head>
  <body>
    ${topBar()}
    <form class="login" id="login">
      <input name="username" placeholder="User name or e-mail" aria-label="User name or e-mail" autocomplete="username" required />
      <input name="password" type="password" placeholder="Password" aria-label="Password" autocomplete="current-password" required />
      <button>Log in to try it</button>
      <output>Requests below carry the access token for 15 minutes.</output>
      <p class="refusal" role="alert"></p>
    </form>
    <div id="swagger-ui"></div>
    <script src="/api/v1/docs/swagger-ui-bundle.js"></script>
    <script src="/api/v1/docs/start.js"></script>
  </body>
</html>
`;

// No validator: it would send the document to a server on the internet.
const START = `const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const follow = () => document.documentElement.classList.toggle('dark-mode', systemIsDark.matches);
systemIsDark.addEventListener('change', follow);
follow();

window.ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});

const form = document.getElementById('login');
const said = form.querySelector('output');
const refusal = form.querySelector('.refusal');
const MARK = 'insa.documents.session';

// The browser sends the cookie of a login by itself. Only where there was one is it asked for: the others would be refused and written down.
async function tellWhoIsLoggedIn() {
  if (localStorage.getItem('insa.session') === null && sessionStorage.getItem(MARK) === null) return;
  const answer = await fetch('/api/v1/auth/me');
  if (!answer.ok) return;
  const { username } = await answer.json();
  if (said.dataset.loggedIn === undefined)
    said.textContent = 'You are logged in as ' + username + ', and requests below are sent as that. Log in here to send them as somebody else.';
}
tellWhoIsLoggedIn();

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(form));
  said.textContent = '…';
  refusal.textContent = '';
  try {
    const answer = await fetch('/api/v1/auth/login', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ username, password }),
    });
    const body = await answer.json();
    if (!answer.ok) throw new Error(body.detail);
    window.ui.preauthorizeApiKey('bearer', body.access_token);
    form.elements.password.value = '';
    said.dataset.loggedIn = '';
    said.textContent = 'Logged in as ' + username + ' for 15 minutes.';
    sessionStorage.setItem(MARK, username);
  } catch (error) {
    said.textContent = '';
    refusal.textContent = error.message;
  }
});
`;

/** The OpenAPI document, its interactive page, and the pages of error codes and permissions, from local files alone. */
export function documentRouter(openApi: object, routes: readonly Route[]): Router {
  const router = express.Router();
  const text = JSON.stringify(openApi);
  const { resolve } = createRequire(import.meta.url);
  router.get('/openapi.json', (_request, response) => {
    response.type('application/json').setHeader('Cache-Control', 'no-cache').send(text);
  });
  const made: readonly (readonly [path: string, type: string, content: string])[] = [
    ['/docs', 'html', PAGE],
    ['/docs/errors', 'html', errorCodesPage()],
    ['/docs/permissions', 'html', permissionsPage(routes)],
    ['/docs/documents.css', 'text/css', STYLESHEET],
    ['/docs/start.js', 'text/javascript', START],
  ];
  for (const [at, type, content] of made) {
    router.get(at, (_request, response) => {
      response.type(type).setHeader('Cache-Control', 'no-cache').send(content);
    });
  }
  for (const [packageName, file] of FILES) {
    const content = readFileSync(path.join(path.dirname(resolve(`${packageName}/package.json`)), file));
    router.get(`/docs/${path.basename(file)}`, (_request, response) => {
      response.type(path.extname(file)).setHeader('Cache-Control', 'public, max-age=3600').send(content);
    });
  }
  return router;
}
