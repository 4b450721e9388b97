// The example tool against the example server: two processes, as in two terminals.

import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, test } from 'node:test';

import {
  CLIENT_KEY, USER_TOKEN, api, approve, deny, press, startServer, startSignIn, startTool,
} from './lib/server.mjs';

let server;
before(async () => { server = await startServer('--poll-interval', '1'); });
after(() => server.stop());

const LINK = /(http:\/\/\S+\/handler\/cli-auth-confirm\?login_code=(\S+))\n/;
const begin = (...flags) => startTool(server.url, '--key', CLIENT_KEY, ...flags);

test('an approval logs the tool in', async () => {
  const tool = begin('--print-token');
  const [, , code] = await tool.shows(LINK);
  await approve(server.url, code);
  assert.equal(await tool.exited, 0, tool.err);
  assert.equal(tool.out, `${USER_TOKEN}\n`);
});

test('the tool hears of an approval at once', async () => {
  const tool = begin();
  const [, , code] = await tool.shows(LINK);
  // By now the poll is held by the server.
  await new Promise((done) => { setTimeout(done, 300); });
  const approved = performance.now();
  await approve(server.url, code);
  assert.equal(await tool.exited, 0, tool.err);
  const late = performance.now() - approved;
  assert.ok(late < 1000, `${late} ms, as long as polling would take`);
  assert.match(tool.out, /logged in/);
  assert.ok(!tool.out.includes(USER_TOKEN));
});

test('a denial is told', async () => {
  const tool = begin();
  const [, , code] = await tool.shows(LINK);
  await deny(server.url, code);
  assert.equal(await tool.exited, 1);
  assert.match(tool.err, /denied in the browser/);
});

test('expiry is told', async () => {
  const tool = begin('--expires-in', '1');
  assert.equal(await tool.exited, 1);
  assert.match(tool.err, /not approved in time/);
});

test('Ctrl-C ends the login on the server too', async () => {
  const tool = begin();
  const [, , code] = await tool.shows(LINK);
  tool.child.kill('SIGINT');
  assert.equal(await tool.exited, 130, tool.err);
  assert.match(tool.err, /cancelled/);
  await assert.rejects(approve(server.url, code), /400/);
});

test('a wrong key is told', async () => {
  const tool = startTool(server.url, '--key', 'pck_wrong');
  assert.equal(await tool.exited, 1);
  assert.match(tool.err, /refused the login.*check the project or client id and the key/);
});

test('a wrong scheme is told at once', async () => {
  const tool = startTool(server.url.replace('http:', 'https:'), '--key', CLIENT_KEY);
  assert.equal(await tool.exited, 1);
  assert.match(tool.err, /does not speak TLS; check the port/);
});

test('an approval in the page logs the tool in', async () => {
  const tool = begin('--print-token');
  const [, , login_code] = await tool.shows(LINK);
  const page = await press(server.url, '/handler/cli-auth-confirm', {
    login_code, decision: 'approve', refresh_token: USER_TOKEN,
  });
  assert.equal(page.status, 200, page.text);
  assert.equal(await tool.exited, 0, tool.err);
});

const CODE = /\n {4}([A-Z]{4}-[A-Z]{4})\n/;

test('RFC 8628: an approval logs the tool in', async () => {
  const tool = startTool(server.url, '--device', '--print-token');
  const [, user_code] = await tool.shows(CODE);
  const page = await press(server.url, '/device', { user_code, decision: 'approve', refresh_token: USER_TOKEN });
  assert.equal(page.status, 200, page.text);
  assert.equal(await tool.exited, 0, tool.err);
  assert.equal(tool.out, `${USER_TOKEN}\n`);
});

test('RFC 8628: a denial is told', async () => {
  const tool = startTool(server.url, '--device');
  const [, user_code] = await tool.shows(CODE);
  const page = await press(server.url, '/device', { user_code, decision: 'deny' });
  assert.equal(page.status, 200, page.text);
  assert.equal(await tool.exited, 1);
  assert.match(tool.err, /denied in the browser/);
});

test('JSON is a line each: the link, then the token', async () => {
  const tool = begin('--json', '--print-token');
  const [, line] = await tool.prints(/(.*"event":"prompt".*)\n/);
  const prompt = JSON.parse(line);
  assert.match(prompt.check_word, /^[A-Z]{4}$/);
  await approve(server.url, new URL(prompt.link).searchParams.get('login_code'));
  assert.equal(await tool.exited, 0, tool.err);
  assert.deepEqual(JSON.parse(tool.out.trim().split('\n').at(-1)), {
    event: 'completed', refresh_token: USER_TOKEN, access_token: null, expires_in: null,
  });
});

test('JSON names an error in one word', async () => {
  const tool = begin('--json', '--expires-in', '1');
  assert.equal(await tool.exited, 1);
  const failed = JSON.parse(tool.out.trim().split('\n').at(-1));
  assert.deepEqual([failed.event, failed.error], ['failed', 'expired']);
});

test('JSON says that a server is silent', async () => {
  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  await once(silent, 'listening');
  const { port } = silent.address();
  const tool = startTool(`http://127.0.0.1:${port}`, '--key', CLIENT_KEY, '--json');
  const [, line] = await tool.prints(/(.*"event":"notice".*)\n/);
  assert.deepEqual(JSON.parse(line), {
    event: 'notice', message: `127.0.0.1:${port} has not answered for 3 s; still trying`,
  });
  tool.child.kill('SIGINT');
  assert.equal(await tool.exited, 130, tool.err);
  const last = JSON.parse(tool.out.trim().split('\n').at(-1));
  assert.deepEqual([last.event, last.error], ['failed', 'cancelled']);
  silent.close();
});

test('JSON says that a token was revoked', async () => {
  const own = await startSignIn();
  try {
    process.env.COUNTERFOIL_TOKEN = 'rt-of-an-earlier-login';
    const tool = startTool(own.url, '--logout', '--json');
    delete process.env.COUNTERFOIL_TOKEN;
    assert.equal(await tool.exited, 0, tool.err);
    assert.deepEqual(JSON.parse(tool.out), { event: 'logged_out' });
  } finally {
    await own.stop();
  }
});

test('a token in the environment is no login', async () => {
  process.env.COUNTERFOIL_TOKEN = 'rt-given';
  const tool = begin('--print-token');
  delete process.env.COUNTERFOIL_TOKEN;
  assert.equal(await tool.exited, 0, tool.err);
  assert.equal(tool.out, 'rt-given\n');
});

test('a login of one project is not seen by a wrong polling code', async () => {
  await assert.rejects(api(server.url, '/poll', { polling_code: 'nobody' }), /INVALID_POLLING_CODE/);
});
