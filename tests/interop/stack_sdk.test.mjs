// The published Stack SDK, pointed at the server and otherwise as it is.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import { StackClientApp } from '@stackframe/js';

import { CLIENT_KEY, PROJECT, USER_TOKEN, approve, deny, startServer } from './lib/server.mjs';

let server;
before(async () => { server = await startServer(); });
after(() => server.stop());

const app = (key = CLIENT_KEY) => new StackClientApp({
  baseUrl: `${server.url}/stack`,
  projectId: PROJECT,
  publishableClientKey: key,
  tokenStore: 'memory',
});

const login = (options) => app().promptCliLogin({
  appUrl: server.url,
  expiresInMillis: 60_000,
  waitTimeMillis: 50,
  promptLink: () => {},
  ...options,
});

// Runs `work`, and passes each answer to a request whose address ends in `path` through `change`.
async function intercepting(path, change, work) {
  const real = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const response = await real(input, init);
    return new URL(input.url ?? input).pathname.endsWith(path) ? change(response, init) : response;
  };
  try {
    return await work();
  } finally {
    globalThis.fetch = real;
  }
}

test('an approval from the link callback logs in', async () => {
  let link;
  const result = await login({
    promptLink: async (url, code) => {
      link = new URL(url);
      assert.equal(link.searchParams.get('login_code'), code);
      await approve(server.url, code);
    },
  });
  assert.equal(result.status, 'ok', result.error?.message);
  assert.equal(result.data, USER_TOKEN);
  assert.equal(link.origin + link.pathname, `${server.url}/handler/cli-auth-confirm`);
});

test('an approval that comes late logs in', async () => {
  const result = await login({
    promptLink: (_, code) => { setTimeout(() => approve(server.url, code), 400); },
  });
  assert.equal(result.status, 'ok', result.error?.message);
});

test('a login that nobody approves expires', async () => {
  const result = await login({ expiresInMillis: 300 });
  assert.equal(result.status, 'error');
  assert.equal(result.error.errorCode, 'CLI_AUTH_EXPIRED_ERROR', result.error.message);
});

test('a denied login looks expired', async () => {
  const result = await login({ promptLink: (_, code) => deny(server.url, code) });
  assert.equal(result.status, 'error');
  assert.equal(result.error.errorCode, 'CLI_AUTH_EXPIRED_ERROR', result.error.message);
});

test('a code that has been used is used', async () => {
  let codes;
  const keep = async (response) => { codes = await response.clone().json(); return response; };
  const first = await intercepting('/auth/cli', keep, () => login({
    promptLink: (_, code) => approve(server.url, code),
  }));
  assert.equal(first.status, 'ok', first.error?.message);

  // The SDK never polls twice by itself, so the second login is given the first one's codes.
  const again = (response) => new Response(JSON.stringify(codes), { status: response.status });
  const second = await intercepting('/auth/cli', again, () => login());
  assert.equal(second.status, 'error');
  assert.equal(second.error.errorCode, 'CLI_AUTH_USED_ERROR', second.error.message);
});

test('a code that never was is an error', async () => {
  const never = async (response) => {
    const codes = await response.json();
    return new Response(JSON.stringify({ ...codes, polling_code: 'x'.repeat(codes.polling_code.length) }));
  };
  await intercepting('/auth/cli', never, () => assert.rejects(
    login().then((result) => { if (result.status === 'error') throw result.error; }),
  ));
});

test('a wrong key is refused by its name', async () => {
  await assert.rejects(
    app('pck_wrong').promptCliLogin({ appUrl: server.url, promptLink: () => {} }).then((result) => {
      if (result.status === 'error') throw result.error;
    }),
    /key|project/i,
  );
});

test('the number of attempts is the client\'s own', async () => {
  const result = await login({ maxAttempts: 2 });
  assert.equal(result.status, 'error');
  assert.match(result.error.message, /timed out/i);
});
