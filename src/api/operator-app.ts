import express from 'express';
import type { Router } from 'express';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { AppError } from '../core/errors.ts';

/** First parts of paths that are never pages of the app: an unknown address there is a 404, not the app. */
const NOT_PAGES = /^\/(api|editor|flows|socket\.io|mqtt|health|metrics|assets)(\/|$)/;

/** The pages that the app has; the same as in its router. */
export const PAGES: readonly string[] = ['/login', '/password', '/no-access'];
/** Its areas (the folders under dashboards/operator/src/areas), which have pages below them too, but for the first. */
export const AREAS: readonly string[] = ['/', '/devices', '/alerts', '/rules', '/dashboards', '/administration'];

/**
 * The built operator app at `/`. Files with a hash in their name are kept by browsers for good, the page itself never; addresses of
 * its pages (`/login`) answer the page, and so do addresses it does not have, with the status 404: it says that there is nothing.
 */
export function operatorApp(folder: string | undefined): Router {
  const router = express.Router();
  const page = folder === undefined ? undefined : path.join(folder, 'index.html');
  if (folder !== undefined) {
    router.use('/assets', express.static(path.join(folder, 'assets'), { index: false, immutable: true, maxAge: '365d', redirect: false }));
    router.use(express.static(folder, { index: false, maxAge: 0, redirect: false }));
  }
  router.get('/{*path}', (request, response, next) => {
    const isPage = isPageOfApp(request.path.toLowerCase());
    // Ids of devices may have dots in them, which are no endings of files.
    const isFile = !isPage && path.extname(request.path) !== '';
    if (NOT_PAGES.test(request.path) || isFile || request.accepts('html') === false) {
      next();
      return;
    }
    if (page === undefined || !existsSync(page)) {
      throw new AppError('NOT_FOUND', 'The operator app has not been built; run "npm run build" and start again.');
    }
    response.setHeader('Cache-Control', 'no-cache');
    if (!isPage) response.status(404);
    response.sendFile(page, { dotfiles: 'allow', cacheControl: false });
  });
  return router;
}

function isPageOfApp(address: string): boolean {
  const isOf = (page: string): boolean => address === page || (page !== '/' && address === `${page}/`);
  return PAGES.some(isOf) || AREAS.some((area) => isOf(area) || (area !== '/' && address.startsWith(`${area}/`)));
}
