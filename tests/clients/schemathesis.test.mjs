// schemathesis against the running server, by the OpenAPI document that it serves.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

import { CLIENT_KEY, PROJECT, startServer } from './lib/server.mjs';

const here = import.meta.dirname ?? new URL('.', import.meta.url).pathname;
const artifacts = process.env.COUNTERFOIL_ARTIFACTS ?? join(here, 'artifacts');

test('the server does what its OpenAPI document says', async () => {
  const server = await startServer();
  try {
    const document = await fetch(`${server.url}/api/v1/openapi.json`);
    assert.equal(document.status, 200);
    const { openapi, paths } = await document.json();
    assert.match(openapi, /^3\./);
    for (const path of ['/api/v1/auth/cli', '/api/v1/auth/cli/poll', '/api/v1/auth/cli/complete']) {
      assert.ok(Object.keys(paths).some((known) => path.endsWith(known)), `${path} is described`);
    }

    const child = spawn(join(here, '.venv/bin/st'), [
      'run', `${server.url}/api/v1/openapi.json`, '--seed', '8628', '--max-examples', '100', '--no-color',
      '--header', `x-stack-project-id: ${PROJECT}`, '--header', `x-stack-publishable-client-key: ${CLIENT_KEY}`,
      '--checks', 'all',
      // A code of the right shape that no login has is refused, as it should be.
      '--exclude-checks', 'positive_data_acceptance',
      // No request of a test takes long, unless the server hangs on it.
      '--request-timeout', '40', '--max-failures', '20',
    ], { cwd: artifacts, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (data) => { output += data; });
    child.stderr.on('data', (data) => { output += data; });
    const [code] = await once(child, 'close');
    writeFileSync(join(artifacts, 'schemathesis.txt'), output);
    assert.equal(code, 0, output);
    const generated = Number(/(\d+) generated/.exec(output)?.[1]);
    assert.ok(generated > 100, `${generated} cases generated: ${output}`);
    assert.match(output, /Tested: 3\b|3 tested|Operations:\s+3/i, output);
  } finally {
    await server.stop();
  }
});
