/** A gateway as people run it, with a folder of policies that can be written, and a person in front of it. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { type Served, serveProcess } from '../flow/serve-process.ts';
import type { AppOptions, AppPage, Apps } from './browser.ts';

export const masterKey = 'sk-first-use-canary';
export const policyFile = '10-lanes.policy.ts';
/** 14 tokens, as the gateway estimates it. */
export const question = 'Please prove that the square root of 2 is irrational.';

export const lanes = `import { not, policy, route, tokensIn, use } from 'sluice';

const long = tokensIn.gt(4000);

export const lanes = policy(
  'lanes',
  { kind: 'shape' },
  route('long', long, use('smart')),
  route('short', not(long), use('cheap')),
);
`;
// biome-ignore lint/suspicious/noTemplateCurlyInString: a reference of the configuration.
const auth = 'auth: { master_key: "${KEY}" }\n';
export const gatewayYaml = `${auth}providers: { mock: { kind: mock } }\nmodels: { cheap: mock/gpt-mini, smart: mock/gpt-large }\n`;

export class RealGateway {
  readonly folder: string;
  readonly #served: Served;

  private constructor(folder: string, served: Served) {
    this.folder = folder;
    this.#served = served;
  }

  /** @param dir holds `gateway.yaml` and `policies/`. */
  static async serve(dir: string): Promise<RealGateway> {
    const folder = join(dir, 'policies');
    const args = ['--config', join(dir, 'gateway.yaml'), '--policies', folder, '--data', join(dir, 'data')];
    return new RealGateway(folder, await serveProcess(args, { KEY: masterKey }));
  }

  get url(): string {
    return this.#served.url;
  }

  read(name = policyFile): string {
    return readFileSync(join(this.folder, name), 'utf8');
  }

  /** Changes a file as somebody with an editor would. */
  write(name: string, text: string): void {
    writeFileSync(join(this.folder, name), text);
  }

  /** Asks what a client would ask. @returns the model that answered. */
  async ask(): Promise<string> {
    const response = await fetch(`${this.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { authorization: `Bearer ${masterKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'cheap', messages: [{ role: 'user', content: question }] }),
    });
    return ((await response.json()) as { model: string }).model;
  }

  /** The folder as the console sees it. */
  async policies(): Promise<{ readonly version: string; readonly folder_version: string }> {
    const response = await fetch(`${this.url}/playground/api/policies`, {
      headers: { authorization: `Bearer ${masterKey}` },
    });
    return (await response.json()) as { version: string; folder_version: string };
  }

  async stop(): Promise<void> {
    await this.#served.stop('SIGTERM');
  }
}

/** Opens the page, signs in, and waits for the decision of the live policies. */
export async function signedIn(apps: Apps, url: string, options: AppOptions = {}): Promise<AppPage> {
  const app = await apps.visit(url, '', { width: 1440, height: 900, ...options });
  const { page } = app;
  await page.getByText('Answered by mock/gpt-large').waitFor();
  await page.getByRole('button', { name: 'Sign in' }).first().click();
  await page.getByLabel('Master key').fill(masterKey);
  await page.keyboard.press('Enter');
  await page.getByText('Answered by mock/gpt-mini').waitFor();
  return app;
}

export function editorOf(page: Page, name = policyFile) {
  return page.getByRole('textbox', { name: `${name}. Escape` });
}

/** Puts the caret behind a text of the file in the editor, with keys. The lines before it must fit into the window. */
export async function caretBehind(page: Page, text: string, name = policyFile): Promise<void> {
  const editor = editorOf(page, name);
  await editor.focus();
  const lines = (await editor.locator('.cm-line').allTextContents()) as string[];
  const line = lines.findIndex((one) => one.includes(text));
  if (line < 0) throw new Error(`no line of the editor has ${text}`);
  await page.keyboard.press('Control+Home');
  for (let at = 0; at < line; at++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('End');
  const behind = lines[line]!.length - lines[line]!.indexOf(text) - text.length;
  for (let at = 0; at < behind; at++) await page.keyboard.press('ArrowLeft');
}

export function tab(page: Page, name: string) {
  return page.getByRole('tab', { name, exact: true });
}

/** Makes every question long: the rule `long` matches from 5 tokens on. */
export async function makeLong(page: Page): Promise<void> {
  await caretBehind(page, 'gt(4000');
  for (let at = 0; at < 3; at++) await page.keyboard.press('Backspace');
  await page.getByText('Answered by mock/gpt-large').waitFor();
}

/** Waits for a message at the edge of the page. */
export async function toast(page: Page, text: string): Promise<void> {
  await page.locator('.toast-text', { hasText: text }).waitFor();
}
