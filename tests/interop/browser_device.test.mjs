// /device in Chromium.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import {
  PHONE, beginDevice, button, fillToken, launch, open, pollDevice, press, shot, text,
} from './lib/pages.mjs';
import { USER_TOKEN, sleep, startServer } from './lib/server.mjs';

let server;
let browser;
before(async () => {
  server = await startServer('--poll-interval', '0', '--user-code-attempts', '100');
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server.stop();
});

const device = (url = server.url) => `${url}/device`;

// Types the code into the first page; where the page asks for code and decision at once, that is all.
async function type(page, code) {
  await page.locator('input[name=user_code]:visible').fill(code);
  if (await button(page, 'approve').count() === 0) {
    await Promise.all([page.waitForLoadState('networkidle'), page.keyboard.press('Enter')]);
  }
}

test('approve with the complete link', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, login.verification_uri_complete);
  const words = await text(page);
  assert.ok(words.includes(login.user_code), 'it shows the code to compare');
  assert.match(words, /internal/, 'it names what is being approved');
  await fillToken(page);
  await shot(page, 'device');
  assert.equal(await press(page, 'approve'), 200);
  await shot(page, 'device-approved');
  assert.equal((await pollDevice(server.url, login.device_code)).refresh_token, USER_TOKEN);
  assert.deepEqual(page.faults, []);
});

test('approve with a code that is typed', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, device());
  await shot(page, 'device-empty');
  await type(page, login.user_code.toLowerCase().replace('-', ' '));
  await fillToken(page);
  await shot(page, 'device-typed');
  assert.equal(await press(page, 'approve'), 200);
  assert.equal((await pollDevice(server.url, login.device_code)).refresh_token, USER_TOKEN);
});

test('deny', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, login.verification_uri_complete);
  assert.equal(await press(page, 'deny'), 200);
  await shot(page, 'device-denied');
  assert.match(await text(page), /denied/i);
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'access_denied');
});

test('a wrong code', async () => {
  const page = await open(browser, `${device()}?user_code=BBBB-BBBB`);
  await shot(page, 'device-wrong-code');
  assert.ok((await page.locator('input[name=user_code]').count()) > 0, 'it can be typed again');
  const next = await beginDevice(server.url);
  await type(page, next.user_code);
  await fillToken(page);
  assert.equal(await press(page, 'approve'), 200);
});

test('a code is shown as text, whatever it is', async () => {
  const code = '"><script>document.title="owned"</script><img src=x onerror=alert(1)>';
  const page = await open(browser, `${device()}?user_code=${encodeURIComponent(code)}`);
  assert.notEqual(await page.title(), 'owned');
  assert.equal(await page.locator('script, img[src=x]').count(), 0);
  assert.deepEqual(page.faults, []);
});

test('too many wrong codes are told, and right ones refused', async () => {
  const strict = await startServer('--user-code-attempts', '3');
  try {
    const login = await beginDevice(strict.url);
    const page = await open(browser, device(strict.url));
    for (let i = 0; i < 4; i += 1) await page.goto(`${device(strict.url)}?user_code=BBBB-BBB${'BCDF'[i]}`);
    const complete = await page.goto(login.verification_uri_complete);
    assert.equal(complete.status(), 200, 'a link with both codes needs no guess');
    const response = await page.goto(login.verification_uri_complete.replace(/&login_code=.*/, ''));
    await shot(page, 'device-too-many');
    assert.equal(response.status(), 429);
    assert.ok(Number(response.headers()['retry-after']) > 0);
    assert.match(await text(page), /too many/i);
  } finally {
    await strict.stop();
  }
});

test('a login that has expired', async () => {
  const short = await startServer('--expires-in', '1');
  try {
    const login = await beginDevice(short.url);
    const page = await open(browser, login.verification_uri_complete);
    await fillToken(page);
    await sleep(1300);
    assert.equal(await press(page, 'approve'), 400);
    await shot(page, 'device-expired');
  } finally {
    await short.stop();
  }
});

test('a double click approves once', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, login.verification_uri_complete);
  await fillToken(page);
  await button(page, 'approve').dblclick();
  await page.waitForLoadState('networkidle');
  assert.ok((await pollDevice(server.url, login.device_code)).access_token);
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'invalid_grant');
});

test('back, and again', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, login.verification_uri_complete);
  await fillToken(page);
  assert.equal(await press(page, 'approve'), 200);
  await page.goBack();
  await shot(page, 'device-back');
  if (await button(page, 'deny').count()) assert.equal(await press(page, 'deny'), 400);
  assert.ok((await pollDevice(server.url, login.device_code)).access_token);
});

test('the keyboard alone', async () => {
  const login = await beginDevice(server.url);
  const page = await open(browser, device());
  for (let i = 0; i < 30; i += 1) {
    await page.keyboard.press('Tab');
    const at = await page.evaluate(() => ({ name: document.activeElement.name, value: document.activeElement.value }));
    if (at.name === 'user_code' && !at.value) {
      await page.keyboard.type(login.user_code);
      if (await button(page, 'approve').count() === 0) {
        await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      }
    } else if (at.name === 'refresh_token') {
      await page.keyboard.type(USER_TOKEN);
    } else if (at.name === 'decision' && at.value === 'approve') {
      await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
      break;
    }
  }
  await shot(page, 'device-keyboard');
  assert.ok((await pollDevice(server.url, login.device_code)).access_token);
});

for (const colorScheme of ['light', 'dark']) {
  test(`on a phone, ${colorScheme}`, async () => {
    const login = await beginDevice(server.url);
    const page = await open(browser, login.verification_uri_complete, { ...PHONE, colorScheme });
    await shot(page, `device-phone-${colorScheme}`);
    const { scrollWidth, clientWidth } = await page.evaluate(() => {
      const { scrollWidth: a, clientWidth: b } = document.documentElement;
      return { scrollWidth: a, clientWidth: b };
    });
    assert.ok(scrollWidth <= clientWidth, 'nothing sticks out');
  });
}
