import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { buildOpenApi } from '../../src/api/openapi.ts';
import { endpointTypes } from './endpoints.ts';
import type { ApiDocument } from './endpoints.ts';
import { errorCodesMarkdown, permissionsMarkdown } from './markdown.ts';
import { documentedRoutes } from './routes.ts';

/** A file that is made of the code and kept with it. */
export interface GeneratedFile {
  /** From the root of the project. */
  path: string;
  text: string;
}

/** The OpenAPI document, the pages of codes and permissions, and the web app's types, formatted as they are kept. */
export async function generatedFiles(root: string): Promise<GeneratedFile[]> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const routes = documentedRoutes();
  const document = JSON.stringify(buildOpenApi(routes, version), null, 2);
  const files: GeneratedFile[] = [
    { path: 'docs/api/openapi.json', text: document },
    { path: 'docs/error-codes.md', text: errorCodesMarkdown() },
    { path: 'docs/permissions.md', text: permissionsMarkdown(routes) },
    { path: 'dashboards/operator/src/api/endpoints.ts', text: endpointTypes(JSON.parse(document) as ApiDocument) },
  ];
  return Promise.all(
    files.map(async ({ path, text }) => {
      const filepath = join(root, path);
      return { path, text: await format(text, { ...(await resolveConfig(filepath)), filepath }) };
    }),
  );
}
