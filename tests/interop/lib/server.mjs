// The example server as a process of its own, on a free port.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

export const PROJECT = 'internal';
export const CLIENT_KEY = 'pck_for_tests';
export const SERVER_KEY = 'ssk_for_tests';
export const USER_TOKEN = 'rt_of_a_signed_in_user';

const binary = (name) => {
  const path = process.env[`COUNTERFOIL_${name}`];
  if (!path) throw new Error(`COUNTERFOIL_${name} names no binary; start these tests with ./run`);
  return path;
};

// Those of tests that failed half way would keep this process alive.
const tools = new Set();

// Starts the example server, with known keys in its environment.
export async function startServer(...flags) {
  const keys = {
    COUNTERFOIL_PUBLISHABLE_CLIENT_KEY: CLIENT_KEY,
    COUNTERFOIL_SECRET_SERVER_KEY: SERVER_KEY,
    COUNTERFOIL_REFRESH_TOKEN: USER_TOKEN,
  };
  const { url, child, exited } = await start('SERVER', ['--project-id', PROJECT, ...flags], keys);
  return {
    url,
    async stop() {
      for (const tool of tools) tool.kill('SIGKILL');
      child.kill('SIGTERM');
      const [code] = await exited;
      if (code !== 0) throw new Error(`the server ended with status ${code}`);
    },
  };
}

// Starts the example server that has users of its own.
export async function startSignIn(...flags) {
  const { url, child, exited } = await start('SIGN_IN', flags);
  return {
    url,
    async stop() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function start(name, flags, env) {
  const child = spawn(binary(name), ['--listen', '127.0.0.1:0', ...flags], {
    // Its log would bury the results.
    stdio: ['ignore', 'pipe', 'inherit'], env: { RUST_LOG: 'warn', ...process.env, ...env },
  });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const [first] = await Promise.race([
    once(lines, 'line'),
    exited.then(([code]) => { throw new Error(`the server ended with status ${code} before it listened`); }),
  ]);
  const url = /^listening on (http:\/\/\S+)$/.exec(first)?.[1];
  if (!url) throw new Error(`the server's first line is not its address: ${first}`);
  return { url, child, exited };
}

export function startTool(url, ...flags) {
  const child = spawn(binary('CLI'), ['--url', url, '--no-browser', '--unattended', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  tools.add(child);
  child.on('exit', () => tools.delete(child));
  const tool = { child, out: '', err: '' };
  child.stdout.on('data', (data) => { tool.out += data; });
  child.stderr.on('data', (data) => { tool.err += data; });
  tool.exited = once(child, 'close').then(([code]) => code);
  // What the tool has printed, once the pattern is in it.
  const printed = (name) => async (pattern) => {
    for (;;) {
      const found = pattern.exec(tool[name]);
      if (found) return found;
      if (child.exitCode !== null) throw new Error(`the tool ended with ${child.exitCode}: ${tool.err}`);
      await sleep(10);
    }
  };
  tool.shows = printed('err');
  tool.prints = printed('out');
  return tool;
}

export const sleep = (ms) => new Promise((done) => { setTimeout(done, ms); });

const headers = {
  'content-type': 'application/json',
  'x-stack-project-id': PROJECT,
  'x-stack-publishable-client-key': CLIENT_KEY,
};

// A request of the documented dialect.
export async function api(url, path, body) {
  const response = await fetch(`${url}/api/v1/auth/cli${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  return JSON.parse(text);
}

export const approve = (url, login_code) => api(url, '/complete', { login_code, refresh_token: USER_TOKEN });
export const deny = (url, login_code) => api(url, '/complete', { login_code, mode: 'deny' });

// What a browser sends when a button of the page at `path` is pressed.
export async function press(url, path, fields) {
  const response = await fetch(url + path, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', origin: url, 'sec-fetch-site': 'same-origin' },
    body: new URLSearchParams(fields),
  });
  return { status: response.status, text: await response.text() };
}
