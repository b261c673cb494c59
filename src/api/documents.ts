import express from 'express';
import type { Router } from 'express';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** The files of Swagger UI that are served, and nothing else of its package. */
const FILES = ['swagger-ui.css', 'swagger-ui-bundle.js', 'favicon-32x32.png'];

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>INSA IIoT Platform: API</title>
    <link rel="stylesheet" href="/api/v1/docs/swagger-ui.css" />
    <link rel="icon" type="image/png" href="/api/v1/docs/favicon-32x32.png" />
  </head>
  <body>
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
  validatorUrl: null,
  persistAuthorization: false,
  tryItOutEnabled: true,
  defaultModelsExpandDepth: 0,
});
`;

/** The OpenAPI document and its interactive pages, from local files alone. */
export function documentRouter(openApi: object): Router {
  const router = express.Router();
  const text = JSON.stringify(openApi);
  const folder = path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
  router.get('/openapi.json', (_request, response) => {
    response.type('application/json').setHeader('Cache-Control', 'no-cache').send(text);
  });
  router.get('/docs', (_request, response) => {
    response.type('html').setHeader('Cache-Control', 'no-cache').send(PAGE);
  });
  router.get('/docs/start.js', (_request, response) => {
    response.type('text/javascript').setHeader('Cache-Control', 'no-cache').send(START);
  });
  for (const file of FILES) {
    const content = readFileSync(path.join(folder, file));
    router.get(`/docs/${file}`, (_request, response) => {
      response.type(path.extname(file)).setHeader('Cache-Control', 'public, max-age=3600').send(content);
    });
  }
  return router;
}
