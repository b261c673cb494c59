import { ERROR_CODES_INTRODUCTION, errorCodeRows } from '../../src/api/documents/error-codes.ts';
import { PERMISSIONS_INTRODUCTION, permissionRows, ROLE_NAMES } from '../../src/api/documents/permissions.ts';
import type { Route } from '../../src/api/route.ts';
import { PERMISSIONS } from '../../src/core/permissions.ts';

const made = (source: string) => `<!-- Made by "npm run openapi" of ${source}; change that, not this file. -->`;

/** docs/error-codes.md. */
export function errorCodesMarkdown(): string {
  const rows = errorCodeRows().map(
    ({ code, status, title, remedy }) => `| <a id="${code}"></a>\`${code}\` | ${String(status)} | ${title} | ${remedy} |`,
  );
  return `# Error codes

${made('src/core/errors.ts')}

${ERROR_CODES_INTRODUCTION}

The running platform shows this list at \`/api/v1/docs/errors\`; the \`type\` of every problem leads there.

| Code | Status | Meaning | What helps |
|---|---|---|---|
${rows.join('\n')}
`;
}

/** docs/permissions.md. */
export function permissionsMarkdown(routes: readonly Route[]): string {
  const rows = permissionRows(routes);
  const table = rows
    .filter(({ permission }) => Object.hasOwn(PERMISSIONS, permission))
    .map(({ permission, title, roles }) => {
      const marks = ROLE_NAMES.map((role) => (roles.includes(role) ? 'x' : ''));
      return `| \`${permission}\` | ${title} | ${marks.join(' | ')} |`;
    });
  const lists = rows
    .filter((row) => row.routes.length > 0)
    .map((row) => `### \`${row.permission}\`\n\n${row.title}\n\n${row.routes.map((route) => `- \`${route}\``).join('\n')}`);
  return `# Roles and permissions

${made('src/core/permissions.ts and the routes')}

${PERMISSIONS_INTRODUCTION}

The running platform shows this page at \`/api/v1/docs/permissions\`.

| Permission | Allows to | ${ROLE_NAMES.join(' | ')} |
|---|---|${ROLE_NAMES.map(() => ':-:|').join('')}
${table.join('\n')}

## Routes by permission

${lists.join('\n\n')}
`;
}
