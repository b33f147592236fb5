import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { photos } from '../cli/selvedge.ts';
import { requireOrSkip } from '../require.ts';
import { modelFile, serviceAt, untrained } from '../server/service.ts';
import { chromiumPath, openBrowser } from './browser.ts';

const elsewhere = 'shop.example';
const photo = join(photos, '05-pullover-thumbnail.jpg');

describe("the service's documentation as a page, in Chromium", async () => {
  const path = chromiumPath();
  let browser: Browser | undefined;
  const { app } = await serviceAt(modelFile(untrained(), afterAll));
  await app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = app.server.address() as { port: number };
  beforeAll(async () => {
    // A browser treats this name as another machine, whose plain HTTP is no secure context.
    if (path !== undefined) browser = await openBrowser(path, [`--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`]);
  });
  afterAll(() => browser?.close());

  /** Opens the page and the form of its first operation; `wrong` collects the page's errors. */
  async function openPage(host: string): Promise<{ page: Page; wrong: string[] }> {
    const page = await browser!.newPage();
    const wrong: string[] = [];
    page.on('console', (message) => message.type() === 'error' && wrong.push(message.text()));
    page.on('pageerror', ({ message }) => wrong.push(message));
    page.on('requestfailed', (request) => wrong.push(request.url()));
    await page.goto(`http://${host}:${port}/docs`);
    await page.click('#operations-Selvedge-post_v1_classify .opblock-summary-control');
    return { page, wrong };
  }

  async function expectAnswer(page: Page, answer: object): Promise<void> {
    await page.click('.btn.execute');
    const shown = page.locator('.live-responses-table .response-col_description pre').first();
    const read = async () => JSON.parse((await shown.textContent()) ?? '');
    await expect.poll(read, { timeout: 10_000 }).toMatchObject(answer);
  }

  it('classifies one picture, and two in a form, chosen from the disk', async (context) => {
    requireOrSkip(context, browser !== undefined, 'Chromium is not installed');
    const { page, wrong } = await openPage('127.0.0.1');
    expect(await page.title()).toContain('Selvedge');
    await page.setInputFiles('input[type=file]', photo);
    await expectAnswer(page, { pictures: [{ predictions: [{}, {}, {}] }] });

    await page.selectOption('.opblock-section-request-body select', 'multipart/form-data');
    for (const n of [0, 1]) {
      await page.click('.json-schema-form-item-add');
      await page.locator('input[type=file]').nth(n).setInputFiles(photo);
    }
    await expectAnswer(page, { pictures: [{ predictions: [{}, {}, {}] }, {}] });
    expect(wrong).toEqual([]);
  });

  it('opens over plain HTTP from another machine too', async (context) => {
    requireOrSkip(context, browser !== undefined, 'Chromium is not installed');
    expect((await openPage(elsewhere)).wrong).toEqual([]);
  });
});
