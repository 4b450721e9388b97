// openid-client, configured by nothing but the server's metadata.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';

import * as client from 'openid-client';

import { PROJECT, USER_TOKEN, press, sleep, startServer, startSignIn } from './lib/server.mjs';

let server;
before(async () => { server = await startServer('--poll-interval', '1', '--expires-in', '60'); });
after(() => server.stop());

const discover = (url = server.url, id = PROJECT) => client.discovery(new URL(url), id, undefined, client.None(), {
  algorithm: 'oauth2',
  execute: [client.allowInsecureRequests],
});

const approve = (user_code) => press(server.url, '/device', {
  user_code, decision: 'approve', refresh_token: USER_TOKEN,
});

// What the browser of somebody who is signed in does: opens the link, and presses the page's button.
async function approveAs(url, cookie, device) {
  const link = device.verification_uri_complete;
  const html = await (await fetch(link, { headers: { cookie, 'sec-fetch-site': 'none' } })).text();
  const fields = [...html.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)].map((found) => found.slice(1));
  const response = await fetch(url + new URL(link).pathname, {
    method: 'POST',
    headers: { cookie, origin: url, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams([...fields, ['decision', 'approve']]),
  });
  assert.equal(response.status, 200, await response.text());
}

test('the metadata is what RFC 8414 and RFC 8628 ask for', async () => {
  const metadata = (await discover()).serverMetadata();
  assert.equal(metadata.issuer, server.url);
  assert.equal(metadata.token_endpoint, `${server.url}/oauth/token`);
  assert.equal(metadata.device_authorization_endpoint, `${server.url}/oauth/device_authorization`);
  assert.ok(metadata.grant_types_supported.includes('urn:ietf:params:oauth:grant-type:device_code'));
  assert.ok(metadata.token_endpoint_auth_methods_supported.includes('none'));
  assert.ok(Array.isArray(metadata.response_types_supported));
});

test('an approval brings the tokens, once', async () => {
  const config = await discover();
  const device = await client.initiateDeviceAuthorization(config, { scope: 'cli' });
  assert.match(device.user_code, /^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/);
  assert.equal(device.verification_uri, `${server.url}/device`);
  const link = `${server.url}/device?user_code=${device.user_code}&login_code=`;
  assert.ok(device.verification_uri_complete.startsWith(link), device.verification_uri_complete);
  assert.equal(device.expires_in, 60);
  assert.equal(device.interval, 1);

  const polling = client.pollDeviceAuthorizationGrant(config, device);
  assert.equal((await approve(device.user_code)).status, 200);
  const tokens = await polling;
  assert.equal(tokens.token_type, 'bearer');
  assert.ok(tokens.access_token);
  assert.equal(tokens.refresh_token, USER_TOKEN);

  await assert.rejects(client.pollDeviceAuthorizationGrant(config, device), { error: 'invalid_grant' });
});

test('a refresh token brings new tokens, and an unknown one none', async () => {
  const config = await discover();
  assert.ok(config.serverMetadata().grant_types_supported.includes('refresh_token'));
  const tokens = await client.refreshTokenGrant(config, USER_TOKEN, { scope: 'cli' });
  assert.equal(tokens.token_type, 'bearer');
  assert.ok(tokens.access_token);
  assert.equal(tokens.refresh_token, USER_TOKEN);
  await assert.rejects(client.refreshTokenGrant(config, 'nobody\'s'), { error: 'invalid_grant' });
});

test('a server with users of its own rotates refresh tokens, and revokes them', async () => {
  const own = await startSignIn();
  try {
    const config = await discover(own.url);
    assert.equal(config.serverMetadata().revocation_endpoint, `${own.url}/oauth/revoke`);
    const signedIn = await fetch(`${own.url}/sign-in`, {
      method: 'POST', redirect: 'manual', body: new URLSearchParams({ name: 'ann' }),
    });
    const cookie = signedIn.headers.getSetCookie()[0].split(';')[0];
    const device = await client.initiateDeviceAuthorization(config, {});
    await approveAs(own.url, cookie, device);
    const first = await client.pollDeviceAuthorizationGrant(config, { ...device, interval: 0.1 });
    const second = await client.refreshTokenGrant(config, first.refresh_token);
    assert.notEqual(second.refresh_token, first.refresh_token);
    await assert.rejects(client.refreshTokenGrant(config, first.refresh_token), { error: 'invalid_grant' });
    await client.tokenRevocation(config, second.refresh_token);
    await client.tokenRevocation(config, 'nobody\'s');
    await assert.rejects(client.refreshTokenGrant(config, second.refresh_token), { error: 'invalid_grant' });
  } finally {
    await own.stop();
  }
});

test('the code may be typed in any way', async () => {
  const config = await discover();
  const device = await client.initiateDeviceAuthorization(config, {});
  const typed = ` ${device.user_code.toLowerCase().replace('-', ' ')} `;
  assert.equal((await approve(typed)).status, 200);
  assert.ok((await client.pollDeviceAuthorizationGrant(config, device)).access_token);
});

test('a denial is access_denied', async () => {
  const config = await discover();
  const device = await client.initiateDeviceAuthorization(config, {});
  assert.equal((await press(server.url, '/device', { user_code: device.user_code, decision: 'deny' })).status, 200);
  await assert.rejects(client.pollDeviceAuthorizationGrant(config, device), { error: 'access_denied' });
});

test('slow_down is obeyed, and ends well', async () => {
  const config = await discover();
  const answers = [];
  config[client.customFetch] = async (...request) => {
    const response = await fetch(...request);
    const { error } = await response.clone().json();
    answers.push([performance.now(), error ?? 'tokens']);
    return response;
  };
  // The client waits a second before it polls; an impatient twin of it spends that second.
  const device = await client.initiateDeviceAuthorization(config, {});
  const twin = setInterval(() => fetch(`${server.url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code: device.device_code, client_id: PROJECT,
    }),
  }), 100);
  setTimeout(() => clearInterval(twin), 1100);
  const polling = client.pollDeviceAuthorizationGrant(config, device, undefined, { signal: AbortSignal.timeout(60_000) });
  await sleep(2000);
  await approve(device.user_code);
  await polling;
  const polls = answers.slice(1);
  assert.equal(polls[0][1], 'slow_down', JSON.stringify(answers));
  assert.equal(polls.at(-1)[1], 'tokens', JSON.stringify(answers));
  assert.ok(polls[1][0] - polls[0][0] >= 5900, JSON.stringify(answers));
});

test('a login that nobody approves is expired_token', async () => {
  const short = await startServer('--poll-interval', '1', '--expires-in', '2');
  try {
    const config = await discover(short.url);
    const device = await client.initiateDeviceAuthorization(config, {});
    // The client would stop on its own at the end of expires_in.
    const polling = client.pollDeviceAuthorizationGrant(config, { ...device, expires_in: 60, interval: 2.5 });
    await assert.rejects(polling, { error: 'expired_token' });
  } finally {
    await short.stop();
  }
});

test('an unknown client is invalid_client', async () => {
  const config = await discover(server.url, 'somebody-else');
  // A 401 has a challenge (RFC 9110, section 11.6.1), which this client names before the error in the body.
  const refused = await client.initiateDeviceAuthorization(config, {}).catch((error) => error);
  assert.equal(refused.code, 'OAUTH_WWW_AUTHENTICATE_CHALLENGE');
  assert.equal(refused.cause[0].scheme, 'basic');
  assert.deepEqual([refused.status, (await refused.response.json()).error], [401, 'invalid_client']);
});
