import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { execFileSync } from 'node:child_process';

/** The machine's own Chromium, headless, and quiet: it asks nobody for anything by itself. */
export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

function findChromium(): string {
  const script = 'command -v chromium || command -v chromium-browser || command -v google-chrome';
  return execFileSync('sh', ['-c', script], { encoding: 'utf8' }).trim();
}

/** A page, and everything that it complained about or asked of others than its own origin. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
  close(): Promise<void>;
}

export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  const { origin } = new URL(url);
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => void complaints.push(String(error)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith('data:') && new URL(address).origin !== origin) complaints.push(`asked for ${address}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}
