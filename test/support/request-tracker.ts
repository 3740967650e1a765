import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { z } from 'zod';
import { openPage, type WatchedPage } from './browser.js';
import { until } from './service.js';

/**
 * Request Tracker 5 of Debian's packages, with the scrips of deploy/request-tracker, a database and a configuration of its
 * own, on loopback. It sends no mail.
 */

const execute = promisify(execFile);
const shipped = join(process.cwd(), 'deploy/request-tracker');
const server = '/usr/share/request-tracker5/libexec/rt-server';
const setupDatabase = '/usr/sbin/rt-setup-database-5';

export interface Account {
  readonly username: string;
  readonly password: string;
}

/** As its own initial data has it. */
const administrator: Account = { username: 'root', password: 'password' };

export interface Comment {
  readonly creator: string;
  /** `Comment` is for the staff, `Correspond` for the requestor. */
  readonly type: string;
  readonly html: string;
}

export interface NewRtTicket {
  readonly Subject: string;
  readonly Content: string;
  readonly ContentType?: string;
  readonly Requestor?: string;
}

export interface RequestTracker {
  readonly baseUrl: string;
  /** Of the user `ticket-enhancer`, as the installation printed it. */
  readonly token: string;
  createTicket(ticket: NewRtTicket): Promise<string>;
  /** Comments and correspondence of a ticket, oldest first. */
  comments(ticketId: string): Promise<Comment[]>;
  /** @param path such as `/ticket/7/comment` */
  ask(method: string, path: string, body?: object): Promise<unknown>;
  /** Runs the shipped line of cron. */
  sendAgain(): Promise<void>;
  /** A ticket in RT's own web page, as the administrator. */
  showTicket(browser: Browser, ticketId: string): Promise<WatchedPage>;
  /** The text of the ticket's page as its requestor sees it. */
  seenByRequestor(browser: Browser, ticketId: string, user: Account): Promise<string>;
  output(): string;
  stop(): Promise<void>;
}

export interface RequestTrackerOptions {
  readonly port: number;
  readonly webhookUrl: string;
  readonly secretFile: string;
}

const createdSchema = z.object({ id: z.coerce.string() });
const historySchema = z.object({
  items: z.array(z.object({ id: z.string(), Type: z.string(), Creator: z.object({ id: z.string() }) })),
});
const attachmentsSchema = z.object({
  items: z.array(z.object({ TransactionId: z.string(), Content: z.string() })),
});

export async function startRequestTracker(options: RequestTrackerOptions): Promise<RequestTracker> {
  const { port } = options;
  const folder = await mkdtemp(join(tmpdir(), 'te-rt-'));
  const configFolder = join(folder, 'RT_SiteConfig.d');
  const configFile = join(folder, 'RT_SiteConfig.pm');
  await mkdir(configFolder);
  await writeFile(configFile, siteConfig(folder, port));
  await writeFile(
    join(configFolder, 'ticket-enhancer.pm'),
    `Set($TicketEnhancerURL, '${options.webhookUrl}');\nSet($TicketEnhancerSecretFile, '${options.secretFile}');\n1;\n`,
  );
  const env = {
    PATH: process.env['PATH'] ?? '',
    RT_SITE_CONFIG: configFile,
    RT_SITE_CONFIG_DIR: configFolder,
    PERL5LIB: join(shipped, 'lib'),
    LC_ALL: 'C.UTF-8',
  };
  await execute(setupDatabase, ['--action', 'init', '--dba', ''], { env });
  const inserted = await execute(setupDatabase, ['--action', 'insert', '--datafile', join(shipped, 'initialdata')], {
    env,
  });
  const token = /RT_TOKEN: (\S+)/.exec(inserted.stdout)?.[1] ?? '';
  const rights = join(folder, 'rights');
  await writeFile(rights, requestorsSeeTheirTickets);
  await execute(setupDatabase, ['--action', 'insert', '--datafile', rights], { env });

  const flags = ['--server', 'Standalone', '--host', '127.0.0.1', '--port', String(port)];
  const child = spawn(server, flags, { env, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (data) => {
      output += String(data);
    });
  }
  const baseUrl = `http://127.0.0.1:${port}`;
  const authorization = `Basic ${Buffer.from(`${administrator.username}:${administrator.password}`).toString('base64')}`;

  async function ask(method: string, path: string, body?: object): Promise<unknown> {
    const response = await fetch(`${baseUrl}/REST/2.0${path}`, {
      method,
      headers: { authorization, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }

  await until('Request Tracker answers', () => answers(child, () => ask('GET', '/rt')), 60_000);
  return {
    baseUrl,
    token,
    ask,
    async createTicket(ticket) {
      return createdSchema.parse(
        await ask('POST', '/ticket', { Queue: 'General', ContentType: 'text/plain', ...ticket }),
      ).id;
    },
    async comments(ticketId) {
      const { items: history } = historySchema.parse(
        await ask('GET', `/ticket/${ticketId}/history?fields=Type,Creator&per_page=100`),
      );
      const { items: attachments } = attachmentsSchema.parse(
        await ask('GET', `/ticket/${ticketId}/attachments?fields=Content,TransactionId&per_page=100`),
      );
      return history
        .filter(({ Type }) => Type === 'Comment' || Type === 'Correspond')
        .map(({ id, Type, Creator }) => ({
          creator: Creator.id,
          type: Type,
          html: attachments.find(({ TransactionId }) => TransactionId === id)?.Content ?? '',
        }));
    },
    async sendAgain() {
      const table = await readFile(join(shipped, 'ticket-enhancer.cron'), 'utf8');
      const [, command = ''] = /^\S+ \* \* \* \* www-data (.+)$/m.exec(table) ?? [];
      await execute('sh', ['-c', command], { env });
    },
    showTicket: (browser, ticketId) => logIn(browser, `${baseUrl}/Ticket/Display.html?id=${ticketId}`, administrator),
    async seenByRequestor(browser, ticketId, user) {
      const { page, close } = await logIn(browser, `${baseUrl}/SelfService/Display.html?id=${ticketId}`, user);
      const text = await page.innerText('body');
      await close();
      return text;
    },
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        await ended;
      }
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function logIn(browser: Browser, url: string, { username, password }: Account): Promise<WatchedPage> {
  const opened = await openPage(browser, url, { viewport: { width: 1280, height: 1100 } });
  const { page } = opened;
  await page.fill('input[name=user]', username);
  await page.fill('input[name=pass]', password);
  await page.press('input[name=pass]', 'Enter');
  // The history is loaded behind the page.
  await page.waitForSelector('.transaction');
  return opened;
}

async function answers(child: ChildProcess, ask: () => Promise<unknown>): Promise<boolean> {
  if (child.exitCode !== null) throw new Error(`Request Tracker ended with ${child.exitCode}`);
  return ask().then(
    () => true,
    () => false,
  );
}

/** As most installations allow it. */
const requestorsSeeTheirTickets = `our @ACL = (
  { GroupDomain => 'RT::System-Role', GroupType => 'Requestor', Right => ['SeeQueue', 'ShowTicket'] },
); 1;`;

function siteConfig(folder: string, port: number): string {
  return `
Set($rtname, 'rt.test');
Set($Organization, 'rt.test');
Set($Timezone, 'UTC');
Set($WebDomain, '127.0.0.1');
Set($WebPort, ${port});
Set($WebPath, '');
Set($WebBaseURL, 'http://127.0.0.1:${port}');
Set($DatabaseType, 'SQLite');
Set($DatabaseHost, '');
Set($DatabaseName, '${folder}/rtdb');
Set($DatabaseUser, '');
Set($DatabasePassword, '');
Set($MailCommand, 'testfile');
Set($LogToSyslog, undef);
Set($LogToSTDERR, 'info');
1;
`;
}
