// How a visitor has come to the page, in Chromium, on a server that knows by a cookie who is signed in. Another site can
// open the page and make the visitor click: that approved a stranger's login before, within a second.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';

import { DESKTOP, beginDevice, button, checkWord, launch, pollDevice, press, shot, text } from './lib/pages.mjs';
import { startSignIn } from './lib/server.mjs';

let server;
let browser;
let hostile;
let html = '';
before(async () => {
  server = await startSignIn();
  browser = await launch();
  // `localhost` and 127.0.0.1 are two sites.
  hostile = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'text/html' });
    response.end(html);
  });
  hostile.listen(0, '127.0.0.1');
  await once(hostile, 'listening');
});
after(async () => {
  await browser?.close();
  hostile?.close();
  await server?.stop();
});

const hostilePage = () => `http://localhost:${hostile.address().port}/`;
const word = (page) => page.locator('input[name=check_word]');

// A browser whose user is signed in, and that notes what its requests say of where they come from.
async function visitor(name = 'Alice', options = DESKTOP) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.sites = [];
  page.on('request', (request) => {
    if (request.isNavigationRequest()) page.sites.push(request.allHeaders());
  });
  if (name) {
    await page.goto(`${server.url}/sign-in`);
    await signIn(page, name);
  }
  return page;
}

const cameFrom = async (page) => (await page.sites.at(-1))['sec-fetch-site'];

async function signIn(page, name) {
  await page.locator('input[name=name]').fill(name);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

const pending = async (login) => {
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'authorization_pending');
};
const approved = async (login) => {
  assert.match((await pollDevice(server.url, login.device_code)).refresh_token, /^rt_/);
};

// A login of the documented dialect: its link has the login code alone.
async function beginLink() {
  const ask = async (path, body) => {
    const response = await fetch(`${server.url}/api/v1/auth/cli${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'x-stack-project-id': 'internal',
        'x-stack-publishable-client-key': 'a publishable client key',
      },
      body: JSON.stringify(body),
    });
    return response.json();
  };
  const { login_code, polling_code } = await ask('', {});
  return {
    link: `${server.url}/handler/cli-auth-confirm?login_code=${login_code}`,
    login_code,
    status: async () => (await ask('/poll', { polling_code })).status,
  };
}

async function follow(page, link) {
  html = `<!doctype html><title>Mail</title><a id="link" href="${link}">Your parcel</a>`;
  await page.goto(hostilePage());
  await Promise.all([page.waitForNavigation(), page.locator('#link').click()]);
  assert.equal(await cameFrom(page), 'cross-site');
}

test('a link on another site and one click approve nothing', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await follow(page, login.verification_uri_complete);
  await shot(page, 'arrival-check-word');
  assert.ok(!(await text(page)).includes(login.user_code), 'the code to type is not on the page');
  assert.equal(await page.evaluate(() => document.activeElement.tagName), 'BODY', 'no field has the focus');
  await button(page, 'approve').click();
  assert.equal(await page.evaluate(() => document.activeElement.name), 'check_word', 'the browser asks for it');
  // The browser's own check is no protection: the server's is.
  await page.evaluate(() => document.querySelector('[name=check_word]').removeAttribute('required'));
  assert.equal(await press(page, 'approve'), 400);
  await shot(page, 'arrival-check-word-missing');
  await pending(login);
  // A person with the terminal goes on.
  await word(page).fill(login.user_code.slice(-4).toLowerCase());
  assert.equal(await press(page, 'approve'), 200);
  await approved(login);
});

test('a double click on a hostile page approves nothing', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  // Where the button will be.
  await follow(page, login.verification_uri_complete);
  const { x, y, width, height } = await button(page, 'approve').boundingBox();
  const [left, top] = [x + width / 2, y + height / 2];
  html = `<!doctype html><title>Game</title><body style="height: 200vh; margin: 0">Double-click here<script>
    addEventListener('mousedown', () => { location = ${JSON.stringify(login.verification_uri_complete)}; });
  </script>`;
  await page.goto(hostilePage());
  const started = Date.now();
  await Promise.all([page.waitForURL(`${server.url}/**`), page.mouse.click(left, top)]);
  const posted = [];
  page.on('request', (request) => { if (request.method() === 'POST') posted.push(request.url()); });
  await page.mouse.click(left, top);
  await page.waitForLoadState('networkidle');
  await shot(page, 'arrival-double-click');
  assert.deepEqual(posted, [], `nothing was sent after ${Date.now() - started} ms`);
  await pending(login);
});

test('neither do they with a link to a login code', async () => {
  const login = await beginLink();
  const page = await visitor();
  await follow(page, login.link);
  const { x, y, width, height } = await button(page, 'approve').boundingBox();
  await button(page, 'approve').click();
  await page.waitForLoadState('networkidle');
  assert.equal(await login.status(), 'pending', 'a link and one click');

  const other = await beginLink();
  html = `<!doctype html><title>Game</title><body style="height: 200vh; margin: 0">Double-click here<script>
    addEventListener('mousedown', () => { location = ${JSON.stringify(other.link)}; });
  </script>`;
  await page.goto(hostilePage());
  await Promise.all([page.waitForURL(`${server.url}/**`), page.mouse.click(x + width / 2, y + height / 2)]);
  await page.mouse.click(x + width / 2, y + height / 2);
  await page.waitForLoadState('networkidle');
  assert.equal(await other.status(), 'pending', 'a double click');

  await word(page).fill(checkWord(other.login_code));
  assert.equal(await press(page, 'approve'), 200);
  assert.equal(await other.status(), 'completed');
});

test('keys that were meant for another page fill nothing in', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  html = `<!doctype html><title>Not a robot</title><input autofocus><script>
    addEventListener('keydown', () => { location = ${JSON.stringify(login.verification_uri_complete)}; });
  </script>`;
  await page.goto(hostilePage());
  await Promise.all([page.waitForURL(`${server.url}/**`), page.keyboard.press('x')]);
  await page.keyboard.type(login.user_code.slice(-4));
  await page.keyboard.press('Enter');
  assert.equal(await word(page).inputValue(), '');
  await pending(login);
});

test('a link with a user code alone looks nothing up, and its form counts as the other site\'s', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await follow(page, `${server.url}/device?user_code=${login.user_code}`);
  assert.equal(await page.locator('input[name=user_code]').inputValue(), login.user_code);
  assert.equal(await button(page, 'approve').count(), 0);
  await Promise.all([page.waitForNavigation(), page.locator('button').click()]);
  assert.equal(await cameFrom(page), 'same-origin');
  assert.equal(await word(page).count(), 1);
  await pending(login);
});

for (const [how, again] of Object.entries({
  reload: (page) => page.reload(),
  'back and forward': async (page) => { await page.goBack(); await page.goForward(); },
})) {
  test(`a ${how} does not make it the visitor's own`, async () => {
    const login = await beginDevice(server.url);
    const page = await visitor();
    await follow(page, login.verification_uri_complete);
    await again(page);
    assert.equal(await word(page).count(), 1);
    await pending(login);
  });
}

test('three wrong words end the login', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await follow(page, login.verification_uri_complete);
  for (const left of [2, 1]) {
    await word(page).fill('BBBB');
    assert.equal(await press(page, 'approve'), 400);
    await shot(page, `arrival-wrong-word-${left}`);
    await pending(login);
  }
  await word(page).fill('BBBB');
  assert.equal(await press(page, 'approve'), 400);
  await shot(page, 'arrival-wrong-words');
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'access_denied');
});

test('an opened link is approved with one click', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await page.goto(login.verification_uri_complete);
  assert.equal(await cameFrom(page), 'none');
  assert.ok((await text(page)).includes(login.user_code), 'to be compared');
  assert.equal(await word(page).count(), 0);
  await shot(page, 'arrival-direct');
  assert.equal(await press(page, 'approve'), 200);
  await approved(login);
});

test('an opened link stays one through the sign-in', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor(null);
  await page.goto(login.verification_uri_complete);
  await Promise.all([page.waitForNavigation(), page.getByText('Sign in first').click()]);
  await signIn(page, 'Bob');
  assert.equal(await cameFrom(page), 'same-origin');
  assert.equal(await word(page).count(), 0);
  assert.equal(await press(page, 'approve'), 200);
  await approved(login);
});

test('a code typed into an opened form is approved with one click', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await page.goto(`${server.url}/device`);
  await page.locator('input[name=user_code]').fill('not a code');
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  await page.locator('input[name=user_code]').fill(login.user_code.toLowerCase());
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
  assert.equal(await word(page).count(), 0);
  assert.equal(await press(page, 'approve'), 200);
  await approved(login);
});

test('the word can be computed from the link alone', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await follow(page, login.verification_uri_complete);
  await word(page).fill(checkWord(new URL(login.verification_uri_complete).searchParams.get('login_code')));
  assert.equal(await press(page, 'approve'), 200);
  await approved(login);
});

test('an approval is taken back', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await page.goto(login.verification_uri_complete);
  assert.equal(await press(page, 'approve'), 200);
  await shot(page, 'undo');
  assert.equal(await press(page, 'withdraw'), 200);
  await shot(page, 'undo-taken-back');
  assert.equal((await pollDevice(server.url, login.device_code)).error, 'access_denied');
});

test('what the tool had collected is revoked', async () => {
  const login = await beginDevice(server.url);
  const page = await visitor();
  await page.goto(login.verification_uri_complete);
  assert.equal(await press(page, 'approve'), 200);
  const { refresh_token } = await pollDevice(server.url, login.device_code);
  assert.equal(await press(page, 'withdraw'), 200);
  await shot(page, 'undo-too-late');
  const response = await fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token, client_id: 'internal' }),
  });
  assert.equal((await response.json()).error, 'invalid_grant');
});

// A tool on the same machine listens for its browser, which brings a proof that no other poll has.
test('the approved page leads the browser back to the tool', async () => {
  const asked = [];
  const tool = createServer((request, response) => {
    asked.push({ url: request.url, referer: request.headers.referer ?? '' });
    response.end('You can close this tab.');
  });
  tool.listen(0, '127.0.0.1');
  await once(tool, 'listening');
  try {
    const hand_back = `http://127.0.0.1:${tool.address().port}/back`;
    const response = await fetch(`${server.url}/oauth/device_authorization`, {
      method: 'POST', body: new URLSearchParams({ client_id: 'internal', scope: 'read', client_name: 'acme-cli', hand_back }),
    });
    const login = await response.json();
    assert.equal(login.hand_back, true);
    const page = await visitor();
    await page.goto(login.verification_uri_complete);
    const words = await text(page);
    assert.match(words, /acme-cli on 127\.0\.0\.1, [0-9a-z ]+ ago/);
    assert.match(words, /Asks for\s+read/);
    await shot(page, 'who-asks');
    await button(page, 'approve').click();
    // The page names the account, and can be taken back, before the browser goes on.
    await button(page, 'withdraw').waitFor();
    assert.match(await text(page), /In a moment this page leads back to your tool/);
    await shot(page, 'before-hand-back');
    await page.waitForURL(`${hand_back}?proof=*`);
    await shot(page, 'hand-back');
    const { url, referer } = asked.find(({ url }) => url.startsWith('/back'));
    assert.ok(!referer.includes('code'), 'no code in a Referer');
    const hand_back_proof = new URL(url, hand_back).searchParams.get('proof');
    const poll = async (fields) => {
      const answer = await fetch(`${server.url}/oauth/token`, {
        method: 'POST',
        body: new URLSearchParams({
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: login.device_code,
          client_id: 'internal',
          ...fields,
        }),
      });
      return answer.json();
    };
    assert.equal((await poll({})).error, 'authorization_pending', 'a stranger\'s poll');
    assert.match((await poll({ hand_back_proof })).refresh_token, /^rt_/);
  } finally {
    tool.close();
  }
});
