import { launch } from '../test/dashboard/support.ts';
import { recordSession } from './dashboard/request-recording.ts';
import { askedTable } from './dashboard/request-table.ts';
import { optionsOf } from './rules/row.ts';

/**
 * Which requests the pages of the web app send: the real platform with devices that send every second, an open alert and a dashboard, and a real
 * browser in which somebody clicks from page to page and stays on each. `bench/analytics/operator-session.ts` replays what is found here. Run it with
 * `npm run bench:requests` (optionally `-- --devices 40 --stay 70`, seconds; CHROMIUM_PATH: by default /usr/bin/chromium).
 */
const { devices, stay } = optionsOf(process.argv.slice(2), { devices: 40, stay: 70 });
const browser = await launch(process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium');
try {
  const recorded = await recordSession(browser, { devices, staySeconds: stay, told: (line) => console.error(line) });
  for (const line of askedTable(recorded, stay)) console.log(line);
} finally {
  await browser.close();
}
