import { describe, expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../support/free-port.js';
import { afterFile, temporaryFolder } from '../../support/opened.js';

const folder = temporaryFolder(afterFile);

const loader = resolve('node_modules/tsx/dist/loader.mjs');
const demo = (...args: string[]) =>
  spawnSync(process.execPath, ['--import', loader, resolve('scripts/demo.ts'), ...args], {
    cwd: folder,
    encoding: 'utf8',
  });

describe('npm run demo', () => {
  it('explains itself where it was asked to', () => {
    expect(demo('--help')).toMatchObject({ status: 0, stderr: '', stdout: expect.stringContaining('--count N') });
  });

  it.each([
    ['--coun=3', /^Unknown option '--coun'/],
    ['--count=many', /^--count must be a whole number above 0, and is many\./],
    ['--url=localhost', /^--url must be an http:\/\/ or https:\/\/ address, and is localhost\./],
  ])('%s is refused in a sentence', (option, sentence) => {
    expect(demo(option)).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(sentence) });
  });

  it('looks for the service where .env has it, and says in a sentence that it is not there', async () => {
    const port = await freePort();
    writeFileSync(join(folder, '.env'), `METRICS_PORT=${port}\n`);
    const { status, stdout, stderr } = demo();
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toBe(
      `Nothing answers at http://127.0.0.1:${port} (the connection is refused). Start the service there with \`npm start\`, or name another address with --metrics-url.\n`,
    );
  });

  it.each([
    ['that is not there', 'nope.yaml', undefined, /^\S+nope\.yaml is not valid:\n {2}- There is no such file\./],
    [
      'whose tenants have real desks, to which it sends nothing',
      'real.yaml',
      `tenants:
  - id: acme
    name: Acme
    webhook: { static_token: { header: x-desk-token, secrets: ["env:TOKEN"] } }
    desk: { type: servicedesk-plus, base_url: "https://desk.invalid", deployment: cloud, credential: "env:TOKEN" }
`,
      /^No tenant in \S+real\.yaml is active and has a local desk/,
    ],
  ])('refuses a TENANTS_FILE of .env %s', (_what, name, content, sentence) => {
    if (content !== undefined) writeFileSync(join(folder, name), content);
    writeFileSync(join(folder, '.env'), `TENANTS_FILE=${join(folder, name)}\nTOKEN=t\n`);
    expect(demo()).toMatchObject({ status: 1, stdout: '', stderr: expect.stringMatching(sentence) });
  });
});
