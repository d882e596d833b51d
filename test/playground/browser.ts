/** A real browser for the tests of the web app, where one is installed. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { dist, type MockOptions, startMockGateway } from './mock-gateway.ts';

const executable = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);

/** Why browser tests are left out here; false where they run. */
export const skipBrowser: string | false =
  process.env['CI'] !== undefined
    ? 'browser tests do not run where CI is set'
    : executable === undefined
      ? 'not installed: chromium'
      : existsSync(join(dist, 'index.html'))
        ? false
        : 'not built: npm run build:playground';

/** The longest that anything is waited for; a busy machine is slow, and nothing is as slow as this. */
export const patienceMs = 120_000;

export interface AppPage {
  readonly page: Page;
  /** What must not be in a page of ours: blocked by the Content-Security-Policy, thrown, or asked of another host. */
  readonly faults: readonly string[];
  readonly url: string;
}

export interface AppOptions extends MockOptions {
  readonly theme?: 'light' | 'dark';
  readonly width?: number;
  readonly height?: number;
}

/** One browser for a test file, and apps on mock gateways of their own. */
export class Apps {
  readonly #closers: (() => Promise<unknown>)[] = [];
  #browser: Promise<Browser> | undefined;

  /** A page on a mock gateway of its own. */
  async open(path: string, options: AppOptions = {}): Promise<AppPage> {
    const gateway = await startMockGateway(options);
    this.#closers.push(() => gateway.close());
    return this.visit(gateway.url, path, options);
  }

  /** A page on a gateway that runs already. */
  async visit(url: string, path: string, options: AppOptions = {}): Promise<AppPage> {
    this.#browser ??= chromium.launch({
      executablePath: executable!,
      args: ['--no-sandbox'],
      headless: true,
    });
    const context = await (await this.#browser).newContext({
      viewport: { width: options.width ?? 1280, height: options.height ?? 860 },
      colorScheme: options.theme ?? 'light',
      permissions: ['clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
      timezoneId: 'UTC',
      locale: 'en-GB',
    });
    const faults = watch(context, url);
    if (options.nowMs !== undefined) await context.clock.setFixedTime(options.nowMs);
    const page = await context.newPage();
    page.setDefaultTimeout(patienceMs / 2);
    page.on('pageerror', (error) => faults.push(`thrown: ${error.stack ?? error.message}`));
    await page.goto(`${url}/playground/${path}`);
    return { page, faults, url };
  }

  async close(): Promise<void> {
    if (this.#browser !== undefined) await (await this.#browser).close();
    await Promise.all(this.#closers.map((close) => close()));
  }
}

function watch(context: BrowserContext, origin: string): string[] {
  const faults: string[] = [];
  context.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(origin) && !url.startsWith('blob:')) faults.push(`asked another host: ${url}`);
  });
  context.on('console', (message) => {
    // Answers of 4xx and 5xx are the point of some tests.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return faults;
}
