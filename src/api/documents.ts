import express from 'express';
import type { Router } from 'express';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { errorCodesPage } from './documents/error-codes.ts';
import { STYLESHEET, topBar } from './documents/page.ts';
import { permissionsPage } from './documents/permissions.ts';
import type { Route } from './route.ts';

/** The files of Swagger UI that are served, and nothing else of its package. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

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
      <input name="username" placeholder="User name" aria-label="User name" autocomplete="username" required />
      <input name="password" type="password" placeholder="Password" aria-label="Password" autocomplete="current-password" required />
      <button>Log in to try it</button>
      <output>Requests below carry the access token for 15 minutes.</output>
    </form>
    <div id="swagger-ui"></div>
    <script src="/api/v1/docs/swagger-ui-bundle.js"></script>
    <script src="/api/v1/docs/start.js"></script>
  </body>
</html>
`;

// No validator: it would send the document to a server on the internet.
const START = `window.ui = SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#swagger-ui',
  deepLinking: true,
  docExpansion: 'list',
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});

const form = document.getElementById('login');
const said = form.querySelector('output');
form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { username, password } = Object.fromEntries(new FormData(form));
  said.textContent = '…';
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
    said.textContent = 'Logged in as ' + username + ' for 15 minutes.';
  } catch (error) {
    said.textContent = error.message;
  }
});
`;

/** The OpenAPI document, its interactive page, and the pages of error codes and permissions, from local files alone. */
export function documentRouter(openApi: object, routes: readonly Route[]): Router {
  const router = express.Router();
  const text = JSON.stringify(openApi);
  const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
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
  for (const file of FILES) {
    const content = readFileSync(path.join(folder, file));
    router.get(`/docs/${file}`, (_request, response) => {
      response.type(path.extname(file)).setHeader('Cache-Control', 'public, max-age=3600').send(content);
    });
  }
  return router;
}
