import assert from 'node:assert/strict';
import { needsProgram } from '../support/system-programs.ts';
import { BoardsFixture } from './boards-support.ts';
import { waitUntilLive } from './support.ts';

/** Several tabs of one browser, whose person is signed out by the server. */
describe('tabs of one browser', function () {
  this.timeout(90_000);
  const chromiumPath = needsProgram('chromium');
  const boards = new BoardsFixture();

  before(() => boards.start(chromiumPath));
  afterEach(() => boards.closePages());
  after(() => boards.stop());

  it('are all signed out and told so when the account is disabled; whoever signs out himself is told nothing', async () => {
    const first = await boards.open('/', {}, 'vic');
    const paths = ['/devices', '/alerts', '/dashboards', '/dashboards/kiosk'];
    const others = await Promise.all(paths.map(() => first.context().newPage()));
    for (const [place, page] of others.entries()) {
      await page.goto(`${boards.httpUrl}${paths[place] ?? ''}`);
      await waitUntilLive(page);
    }
    const listed = (await boards.admin.call('GET', '/users')).body['items'] as { id: string; username: string }[];
    const id = listed.find(({ username }) => username === 'vic')?.id ?? '';
    assert.equal((await boards.admin.call('PATCH', `/users/${id}`, { disabled: true })).status, 200);
    for (const page of [first, ...others]) {
      await page.waitForURL('**/login**');
      await page.getByText('You have been signed out: your account was disabled').waitFor();
    }

    const one = await boards.open('/devices');
    const other = await one.context().newPage();
    await other.goto(`${boards.httpUrl}/alerts`);
    await waitUntilLive(other);
    await one.getByTestId('user-menu').click();
    await one.getByTestId('sign-out').click();
    for (const page of [one, other]) {
      await page.waitForURL('**/login**');
      await page.getByLabel('User name or e-mail').waitFor();
      assert.equal(await page.getByText('You have been signed out').count(), 0);
    }
  });
});
