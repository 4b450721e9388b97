// A server that knows by a cookie who is signed in, in Chromium, over plain HTTP on a host name that browsers do not
// trust: there they send no Sec-Fetch-Site, and all that tells the page's own form from others is its Origin.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { beginDevice, button, launch, pollDevice, press, shot, text } from './lib/pages.mjs';
import { startSignIn } from './lib/server.mjs';

const HOST = 'login.example';
let server;
let browser;
let site;
let hostile;
let form = '';
let headers = {};
before(async () => {
  server = await startSignIn();
  site = named(server.url);
  browser = await launch(`--host-resolver-rules=MAP ${HOST} 127.0.0.1`);
  // Another port of the same host: another origin, but cookies know no ports.
  hostile = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html', ...headers });
    response.end(form);
  });
  hostile.listen(0, '127.0.0.1');
  await once(hostile, 'listening');
});
after(async () => {
  await browser?.close();
  hostile?.close();
  await server?.stop();
});

// The same address by the host's name.
const named = (url) => Object.assign(new URL(url), { hostname: HOST }).origin;

// What the browser sent with its requests to this site: method, path and headers.
async function visit(url) {
  const page = await (await browser.newContext()).newPage();
  page.sent = [];
  page.on('request', async (request) => {
    const sent = { method: request.method(), url: request.url() };
    page.sent.push(sent);
    sent.headers = await request.allHeaders();
  });
  await page.goto(url);
  return page;
}

async function signIn(page, name = 'Alice') {
  await page.locator('input[name=name]').fill(name);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

const confirmPage = (login) => `${site}/device?user_code=${login.user_code}`;

// Where browsers send no Sec-Fetch-Site, nobody is known to have come directly.
test('who is signed in approves with the end of the code', async () => {
  const login = await beginDevice(server.url);
  const page = await visit(confirmPage(login));
  assert.equal(await button(page, 'approve').count(), 0, 'not before signing in');
  await shot(page, 'sign-in-first');
  await Promise.all([page.waitForNavigation(), page.getByText('Sign in first').click()]);
  await signIn(page);
  assert.equal(page.url(), confirmPage(login), 'back on the page');
  assert.match(await text(page), /Alice/);
  assert.ok(!(await text(page)).includes(login.user_code), 'the terminal shows it');
  await page.locator('input[name=check_word]').fill(login.user_code.slice(-4));
  await shot(page, 'signed-in');
  assert.equal(await press(page, 'approve'), 200);
  await shot(page, 'signed-in-approved');
  assert.match((await pollDevice(server.url, login.device_code)).refresh_token, /^rt_/);

  const form = page.sent.find(({ method, url }) => method === 'POST' && url.includes('/device'));
  assert.equal(form.headers['sec-fetch-site'], undefined, 'this host is not trusted, or the test shows nothing');
  assert.equal(form.headers.origin, site);
  for (const { headers } of page.sent) {
    assert.ok(!headers.referer?.includes(login.user_code), 'no code in a Referer, of this site either');
  }
});

test('who is signed in denies', async () => {
  const login = await beginDevice(server.url);
  const page = await visit(confirmPage(login));
  assert.equal(await press(page, 'deny'), 200);
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'access_denied');
});

for (const [where, sent] of Object.entries({
  'another origin': {},
  // As a sandboxed frame, whose answer could not be looked at. The browser holds it for another site's.
  'a sandboxed page': { 'content-security-policy': 'sandbox allow-scripts allow-forms' },
  'a page without a referrer': { 'referrer-policy': 'no-referrer' },
})) {
  test(`a form of ${where} decides nothing`, async () => {
    const login = await beginDevice(server.url);
    const page = await visit(`${site}/sign-in`);
    await signIn(page);
    headers = sent;
    for (const decision of ['approve', 'deny']) {
      form = `<form method="post" action="${site}/device"><input name="user_code" value="${login.user_code}">`
        + `<input name="decision" value="${decision}"></form><script>document.forms[0].submit()</script>`;
      const [answer] = await Promise.all([
        page.waitForResponse((response) => response.request().method() === 'POST'),
        page.goto(named(`http://127.0.0.1:${hostile.address().port}`)),
      ]);
      const { cookie, origin } = await answer.request().allHeaders();
      assert.equal(/session=/.test(cookie), where !== 'a sandboxed page', 'SameSite knows no ports');
      assert.equal(origin === 'null', where !== 'another origin', origin);
      assert.equal(answer.status(), 400);
    }
    assert.equal((await pollDevice(server.url, login.device_code)).error, 'authorization_pending');
  });
}
