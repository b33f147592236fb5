import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { filesIn, photos, succeed, temporaryFolder, trained } from '../cli/selvedge.ts';
import { requireOrSkip } from '../require.ts';
import { chromiumPath, openBrowser } from './browser.ts';

/** The page's background: the body's, or the root's where the body is transparent. */
const colourBehind = `[document.body, document.documentElement]
  .map((element) => getComputedStyle(element).backgroundColor)
  .find((colour) => !/, 0\\)$/.test(colour)) ?? 'rgb(255, 255, 255)'`;

const folder = temporaryFolder(afterAll);
const run = join(folder, 'run');

describe('five epochs on 6,000 images, tested on all 10,000', async () => {
  const record = await trained(run, ['--limit', '6000']);

  it('reach a test accuracy of at least 75 %', () => {
    expect(record.dataset).toMatchObject({ trainImages: 6000, testImages: 10_000 });
    expect(record.testAccuracy).toBeGreaterThanOrEqual(0.75);
    expect(record.trainAccuracyEvaluated).toBeGreaterThan(0.75);
  });

  it('are scored alike by selvedge evaluate', async () => {
    const { stdout } = await succeed(['evaluate', run, '--json', '--out', join(folder, 'evaluation')]);
    const { accuracy, loss } = JSON.parse(stdout);
    expect({ accuracy, loss }).toEqual({ accuracy: record.testAccuracy, loss: record.testLoss });
    expect(Object.keys(filesIn(join(folder, 'evaluation')))).toHaveLength(3);
  });

  it('name at least half of the shop photos made from test pictures', async () => {
    const { stdout } = await succeed(['predict', run, photos, '--json']);
    const kinds: Readonly<Record<string, string>> = {
      tshirt: 'T-shirt/top',
      trouser: 'Trouser',
      pullover: 'Pullover',
      dress: 'Dress',
      coat: 'Coat',
      sandal: 'Sandal',
      shirt: 'Shirt',
      sneaker: 'Sneaker',
      bag: 'Bag',
      boot: 'Ankle boot',
    };
    const { predictions } = JSON.parse(stdout) as { predictions: { file: string; predictions: { name: string }[] }[] };
    const shop = predictions.filter(({ file }) => /\d\d-\w+-(shop|thumbnail)/.test(file) && !file.includes('expected'));
    const right = shop.filter(({ file, predictions }) => kinds[/\d\d-(\w+)-/.exec(file)![1]!] === predictions[0]!.name);
    expect(shop.length).toBeGreaterThanOrEqual(9);
    expect(right.length).toBeGreaterThanOrEqual(shop.length / 2);
  });
});

describe("the run's page, opened from the disk in Chromium", () => {
  const path = chromiumPath();
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (path !== undefined) browser = await openBrowser(path);
  });
  afterAll(() => browser?.close());
  const needsBrowser = (context: TestContext) =>
    requireOrSkip(context, path !== undefined, 'Chromium is not installed (SELVEDGE_CHROMIUM can name it)');

  const sizes = [390, 768, 1440].flatMap((width) => (['light', 'dark'] as const).map((scheme) => ({ width, scheme })));

  it.for(sizes)(
    'at $width px, $scheme: no error, no request, no overflow, every picture there',
    async (look, context) => {
      needsBrowser(context);
      const { width, scheme } = look;
      const view = await browser!.newContext({ viewport: { width, height: 900 }, colorScheme: scheme });
      const page = await view.newPage();
      const complaints: string[] = [];
      const requests: string[] = [];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      page.on('request', (request) => requests.push(request.url()));
      const address = pathToFileURL(join(run, 'index.html')).href;
      await page.goto(address, { waitUntil: 'load' });

      expect(complaints).toEqual([]);
      expect(requests.filter((url) => url !== address && !url.startsWith('data:'))).toEqual([]);
      expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(
        0,
      );
      const pictures =
        'Promise.all([...document.images].map((image) => image.decode().then(() => image.naturalWidth)))';
      const widths = (await page.evaluate(pictures)) as number[];
      expect(widths.length).toBeGreaterThan(0);
      expect(Math.min(...widths)).toBeGreaterThan(0);
      const backdrop = (await page.evaluate(colourBehind)) as string;
      const [red, green, blue] = backdrop.match(/[\d.]+/g)!.map(Number) as [number, number, number];
      const brightness = (red + green + blue) / 3;
      if (scheme === 'dark') expect(brightness).toBeLessThan(80);
      else expect(brightness).toBeGreaterThan(200);
      await view.close();
    },
  );
});
