import { launch } from '../test/dashboard/support.ts';
import { takePictures } from './dashboard/pictures.ts';

/**
 * The pictures of the web app in docs/images: every page dark, light and on a phone, of a platform of its own with the demo plant. Run it with
 * `npm run pictures` (optionally `-- overview device`: only those pages; PICTURES: another folder; CHROMIUM_PATH: by default /usr/bin/chromium).
 */
const browser = await launch(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium');
try {
  await takePictures(browser, process.env['PICTURES'] ?? 'docs/images', process.argv.slice(2));
} finally {
  await browser.close();
}
