// Debian's Chromium, and what a person does with the pages.

import { join } from 'node:path';

import { chromium } from 'playwright-core';

import { USER_TOKEN, api } from './server.mjs';

const artifacts = process.env.COUNTERFOIL_ARTIFACTS ?? 'artifacts';

export const launch = (...flags) => chromium.launch({
  executablePath: '/usr/bin/chromium',
  headless: true,
  args: [
    '--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
    '--disable-background-networking', '--disable-component-update', '--disable-sync', ...flags,
  ],
});

export const PHONE = { viewport: { width: 360, height: 640 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 };
export const DESKTOP = { viewport: { width: 1280, height: 800 } };

// A page that fails the test for whatever a person would not see: errors, blocked or foreign requests.
export async function open(browser, url, options = DESKTOP) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => {
    // An answer of 400 or 429 is an error to the console, and what some tests are about.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) page.faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url.origin ?? new URL(url).origin)) page.faults.push(`foreign: ${request.url()}`);
  });
  await page.goto(String(url));
  return page;
}

export const shot = (page, name) => page.screenshot({ path: join(artifacts, `${name}.png`), fullPage: true });
export const button = (page, decision) => page.locator(`[name=decision][value=${decision}]`);

export async function fillToken(page, token = USER_TOKEN) {
  await page.locator('input[name=refresh_token]:visible').first().fill(token);
}

// Presses a button, and returns the status of the page that it leads to.
export async function press(page, decision) {
  const [response] = await Promise.all([
    page.waitForResponse((answer) => answer.request().method() === 'POST'),
    button(page, decision).click(),
  ]);
  await page.waitForLoadState();
  return response.status();
}

// The check word of a login code, as its documentation says.
export function checkWord(login_code) {
  const letters = 'BCDFGHJKLMNPQRSTVWXZ';
  const number = [...login_code].reduce((n, c) => (33 * n + c.charCodeAt(0)) % 160_000, 0);
  return [8000, 400, 20, 1].map((place) => letters[Math.floor(number / place) % 20]).join('');
}

export const text = (page) => page.locator('body').innerText();

// A login of the documented dialect that waits to be approved.
export async function begin(url, millis = 60_000) {
  const codes = await api(url, '', { expires_in_millis: millis });
  return { ...codes, page: `${url}/handler/cli-auth-confirm?login_code=${codes.login_code}` };
}

export const poll = (url, polling_code) => api(url, '/poll', { polling_code });

// A login of the RFC 8628 dialect.
export async function beginDevice(url, client_id = 'internal') {
  const response = await fetch(`${url}/oauth/device_authorization`, {
    method: 'POST', body: new URLSearchParams({ client_id }),
  });
  return response.json();
}

export async function pollDevice(url, device_code) {
  const response = await fetch(`${url}/oauth/token`, {
    method: 'POST',
    body: new URLSearchParams({
      grant_type: 'urn:ietf:params:oauth:grant-type:device_code', device_code, client_id: 'internal',
    }),
  });
  return response.json();
}
