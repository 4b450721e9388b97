// /handler/cli-auth-confirm in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { DESKTOP, PHONE, begin, button, fillToken, launch, open, poll, press, shot, text } from './lib/pages.mjs';
import { USER_TOKEN, sleep, startServer } from './lib/server.mjs';

let server;
let browser;
before(async () => {
  server = await startServer();
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const clean = (page) => assert.deepEqual(page.faults, []);

test('approve', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  assert.match(await text(page), /internal/, 'it names what is being approved');
  await fillToken(page);
  await shot(page, 'confirm');
  assert.equal(await press(page, 'approve'), 200);
  await shot(page, 'confirm-approved');
  assert.match(await text(page), /approved|logged in|signed in|return to|close/i);
  assert.deepEqual(await poll(server.url, login.polling_code), { status: 'completed', refresh_token: USER_TOKEN });
  assert.ok(!(await page.content()).includes(USER_TOKEN), 'the token is not in the page');
  clean(page);
});

test('deny needs no token', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  assert.equal(await press(page, 'deny'), 200);
  await shot(page, 'confirm-denied');
  assert.match(await text(page), /denied/i);
  await assert.rejects(poll(server.url, login.polling_code), /CLI_AUTH_DENIED_ERROR/);
  clean(page);
});

test('a wrong token approves nothing', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  await fillToken(page, 'rt_of_nobody');
  assert.equal(await press(page, 'approve'), 400);
  await shot(page, 'confirm-wrong-token');
  assert.deepEqual(await poll(server.url, login.polling_code), { status: 'pending' });
});

test('the form of a page without a code reads a pasted link', async () => {
  const login = await begin(server.url);
  const page = await open(browser, `${server.url}/handler/cli-auth-confirm/`);
  await shot(page, 'confirm-without-code');
  await page.locator('input[name=user_code]').fill(` <${login.page}>. `);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await fillToken(page, ` ${USER_TOKEN}\u200b\n`);
  assert.equal(await press(page, 'approve'), 200);
  assert.equal((await poll(server.url, login.polling_code)).refresh_token, USER_TOKEN);
  clean(page);
});

test('a wrong code', async () => {
  const page = await open(browser, `${server.url}/handler/cli-auth-confirm?login_code=nobody`);
  await shot(page, 'confirm-wrong-code');
  assert.equal(await button(page, 'approve').count(), 0, 'there is nothing to approve');
});

test('a code is shown as text, whatever it is', async () => {
  const code = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>';
  const page = await open(browser, `${server.url}/handler/cli-auth-confirm?login_code=${encodeURIComponent(code)}`);
  assert.notEqual(await page.title(), 'owned');
  assert.equal(await page.locator('script, img[src=x]').count(), 0);
  clean(page);
});

test('a login that has expired', async () => {
  const login = await begin(server.url, 200);
  await sleep(300);
  const page = await open(browser, login.page);
  await shot(page, 'confirm-expired');
  assert.match(await text(page), /expired/i);
  assert.equal(await button(page, 'approve').count(), 0);
});

test('a login that expires while the page is open', async () => {
  const login = await begin(server.url, 1500);
  const page = await open(browser, login.page);
  await fillToken(page);
  await sleep(1700);
  assert.equal(await press(page, 'approve'), 400);
  await shot(page, 'confirm-expired-late');
  assert.match(await text(page), /expired/i);
});

test('a double click approves once', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  await fillToken(page);
  await button(page, 'approve').dblclick();
  await page.waitForURL(/./);
  await page.waitForLoadState('networkidle');
  await shot(page, 'confirm-double-click');
  assert.deepEqual(await poll(server.url, login.polling_code), { status: 'completed', refresh_token: USER_TOKEN });
  await assert.rejects(poll(server.url, login.polling_code), /CLI_AUTH_USED_ERROR/);
});

test('back, and again', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  await fillToken(page);
  assert.equal(await press(page, 'approve'), 200);
  await page.goBack();
  await shot(page, 'confirm-back');
  if (await button(page, 'deny').count()) {
    assert.equal(await press(page, 'deny'), 400, 'the first decision stands');
  }
  assert.equal((await poll(server.url, login.polling_code)).status, 'completed');
});

test('the keyboard alone', async () => {
  const login = await begin(server.url);
  const page = await open(browser, login.page);
  const focused = () => page.evaluate(() => {
    const { activeElement: at } = document;
    return { name: at.name ?? '', value: at.value ?? '', outline: getComputedStyle(at).outlineStyle };
  });
  const seen = [];
  let typed = false;
  for (let i = 0; i < 20; i += 1) {
    await page.keyboard.press('Tab');
    const at = await focused();
    seen.push(at);
    if (at.name === 'refresh_token') { await page.keyboard.type(USER_TOKEN); typed = true; }
    if (at.name === 'decision' && at.value === 'approve') break;
  }
  const last = seen.at(-1);
  assert.ok(typed, JSON.stringify(seen));
  assert.equal(last.value, 'approve', JSON.stringify(seen));
  assert.notEqual(last.outline, 'none', 'the focus can be seen');
  await shot(page, 'confirm-keyboard');
  await Promise.all([page.waitForResponse((answer) => answer.request().method() === 'POST'), page.keyboard.press('Enter')]);
  assert.equal((await poll(server.url, login.polling_code)).status, 'completed');
});

for (const [size, options] of Object.entries({ phone: PHONE, desktop: DESKTOP })) {
  for (const colorScheme of ['light', 'dark']) {
    test(`on a ${size}, ${colorScheme}`, async () => {
      const login = await begin(server.url);
      const page = await open(browser, login.page, { ...options, colorScheme });
      await shot(page, `confirm-${size}-${colorScheme}`);
      const { wide, dark, tall } = await page.evaluate(() => {
        const [red, green, blue] = getComputedStyle(document.body).backgroundColor.match(/[\d.]+/g).map(Number);
        return {
          wide: document.documentElement.scrollWidth > document.documentElement.clientWidth,
          dark: red + green + blue < 384,
          tall: document.querySelector('[name=decision][value=approve]').getBoundingClientRect().height,
        };
      });
      assert.ok(!wide, 'nothing sticks out');
      assert.equal(dark, colorScheme === 'dark');
      assert.ok(tall >= 36, `the button is ${tall} px high, too small for a finger`);
      clean(page);
    });
  }
}

test('the page cannot be framed, cached or told on', async () => {
  const login = await begin(server.url);
  const { headers } = await fetch(login.page);
  assert.match(headers.get('content-security-policy'), /default-src 'none'/);
  assert.match(headers.get('content-security-policy'), /frame-ancestors 'none'/);
  assert.equal(headers.get('referrer-policy'), 'strict-origin');
  assert.match(headers.get('cache-control'), /no-store/);
  assert.equal(headers.get('x-content-type-options'), 'nosniff');
});
