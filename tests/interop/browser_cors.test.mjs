// A page of another origin that calls the Stack dialects itself, as Stack's confirm component does, in Chromium.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { begin, launch, poll } from './lib/pages.mjs';
import { CLIENT_KEY, PROJECT, USER_TOKEN, startServer } from './lib/server.mjs';

let app;
let other;
let server;
let browser;
before(async () => {
  [app, other] = await Promise.all([site(), site()]);
  server = await startServer('--cors-origin', 'https://elsewhere.example', '--cors-origin', app.origin);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await server?.stop();
  for (const { http } of [app, other]) http.close();
});

// A site with an empty page.
async function site() {
  const http = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<!doctype html><title>An app</title>');
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  return { http, origin: `http://127.0.0.1:${http.address().port}` };
}

const FAMILIES = ['x-stack', 'x-hexclave'];
const headers = (family) => ({
  'content-type': 'application/json',
  [`${family}-project-id`]: PROJECT,
  [`${family}-publishable-client-key`]: CLIENT_KEY,
  [`${family}-access-type`]: 'client',
  [`${family}-client-version`]: 'js a-test',
  [`${family}-override-error-status`]: 'true',
});

// What a script on a page of that site hears: an answer, or an error for what the browser keeps from it.
async function call(from, url, init) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(from.origin);
  const heard = await page.evaluate(async ([target, options]) => {
    try {
      const response = await fetch(target, options);
      const known = response.headers.get('x-stack-known-error');
      return { status: response.status, known, body: await response.json() };
    } catch (error) {
      return { error: error.name };
    }
  }, [url, init]);
  await context.close();
  return heard;
}

const post = (family, body) => ({ method: 'POST', headers: headers(family), body: JSON.stringify(body) });

for (const prefix of ['/api/v1', '/stack/api/v1']) {
  for (const family of FAMILIES) {
    test(`a page that is let in approves at ${prefix} with ${family} headers`, async () => {
      const login = await begin(server.url);
      const complete = (refresh_token) => call(
        app, `${server.url}${prefix}/auth/cli/complete`, post(family, { login_code: login.login_code, refresh_token }),
      );
      const refused = await complete('rt_of_nobody');
      assert.equal(refused.status, 400, JSON.stringify(refused));
      assert.match(refused.body.error, /Invalid refresh token/, 'a refusal can be read');
      assert.deepEqual(await complete(USER_TOKEN), { status: 200, known: null, body: { success: true } });
      assert.deepEqual(await poll(server.url, login.polling_code), { status: 'completed', refresh_token: USER_TOKEN });
    });
  }

  test(`a page that is let in begins a login and polls at ${prefix}`, async () => {
    const begun = await call(app, `${server.url}${prefix}/auth/cli`, post('x-stack', {}));
    assert.equal(begun.status, 200, JSON.stringify(begun));
    const init = post('x-stack', { polling_code: begun.body.polling_code });
    Object.assign(init.headers, { prefer: 'wait=1', 'idempotency-key': 'a key' });
    const polled = await call(app, `${server.url}${prefix}/auth/cli/poll`, init);
    assert.ok([200, 201].includes(polled.status), JSON.stringify(polled));
    const unknown = await call(app, `${server.url}${prefix}/auth/cli/poll`, post('x-stack', { polling_code: 'x' }));
    assert.equal(unknown.known, 'INVALID_POLLING_CODE');
  });

  test(`any other page is kept out of ${prefix}`, async () => {
    const login = await begin(server.url);
    const body = { login_code: login.login_code, refresh_token: USER_TOKEN };
    const heard = await call(other, `${server.url}${prefix}/auth/cli/complete`, post('x-stack', body));
    assert.deepEqual(heard, { error: 'TypeError' });
    assert.deepEqual(await poll(server.url, login.polling_code), { status: 'pending' });
  });
}

test('without the flag nobody is let in', async () => {
  const closed = await startServer();
  try {
    const login = await begin(closed.url);
    const body = { login_code: login.login_code, refresh_token: USER_TOKEN };
    const heard = await call(app, `${closed.url}/api/v1/auth/cli/complete`, post('x-stack', body));
    assert.deepEqual(heard, { error: 'TypeError' });
    assert.deepEqual(await poll(closed.url, login.polling_code), { status: 'pending' });
  } finally {
    await closed.stop();
  }
});
