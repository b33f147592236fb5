import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { type SampleInspection, sampleInspection } from '../../../test/fixtures/inspection/sampleRecord.ts';
import { nestingError } from '../../../test/fixtures/nesting.ts';
import type { PixelImage } from '../../core/data/images.ts';
import { overSeeds } from '../../core/inspection/claims/overSeeds.ts';
import { inspectionPage } from './inspectionPage.ts';

const denseOnly = [
  { type: 'input', shape: [784] },
  { type: 'dense', units: 40, activation: 'relu' },
  { type: 'dense', units: 10, activation: 'softmax' },
] as const;

const coloured = [
  { type: 'input', shape: [32, 32, 3] },
  { type: 'conv2d', filters: 12, kernelSize: 5, strides: 2, activation: 'relu' },
  { type: 'conv2d', filters: 8, kernelSize: 3, activation: 'relu' },
  { type: 'flatten' },
  { type: 'dense', units: 10, activation: 'softmax' },
] as const;

const bareSpec = [
  { type: 'input', shape: [8, 8, 1], name: 'an "input" <b>' },
  { type: 'conv2d', filters: 1, kernelSize: 3, name: 'first layer' },
  { type: 'flatten' },
  { type: 'dense', units: 2, activation: 'softmax' },
] as const;

const hostile = '<script>alert("x")</script>';

function hostileInspection(): SampleInspection {
  const sample = sampleInspection({ images: 2, dataset: false, classNames: [hostile, ...Array(9).fill('c')] });
  const { record } = sample;
  return {
    ...sample,
    record: {
      ...record,
      model: { ...record.model, file: hostile },
      leftOut: [{ part: 'maps', why: hostile }],
    },
  };
}

const samples: Readonly<Record<string, () => SampleInspection>> = {
  'reference network': () => sampleInspection({ images: 2 }),
  'single image': () => sampleInspection({ images: 1 }),
  'network without convolutions': () => sampleInspection({ spec: denseOnly, images: 3 }),
  'network of 32 × 32 × 3': () => sampleInspection({ spec: coloured, images: 3 }),
  'two-class network with one map and odd names': () =>
    sampleInspection({ spec: bareSpec, images: 2, classNames: ['yes', 'no'] }),
  'model without a data set': () => sampleInspection({ images: 2, dataset: false }),
  'hostile record': hostileInspection,
  'diverged network': () => sampleInspection({ images: 1, diverged: true }),
  'record without images': () => sampleInspection({ images: 0 }),
};

describe.each(Object.entries(samples))('the report of a %s', (_, make) => {
  const page = inspectionPage(make());
  const text = page.replace(/;base64,[A-Za-z0-9+/=]+/g, ';base64,');

  it('nests its elements properly', () => {
    expect(nestingError(text)).toBe(null);
  });

  it('shows no undefined, NaN or Infinity, and no object', () => {
    expect(/(?:NaN|Infinity|\[object|"undefined"|(?<!<th scope="col")>\s*undefined\s*<).{0,40}/.exec(text)?.[0]).toBe(
      undefined,
    );
  });

  it('loads nothing from a network and runs no script', () => {
    expect(text).toContain(`content="default-src 'none'; img-src data:; style-src 'unsafe-inline'"`);
    expect(/url\(|@import|<script|<[^"<>]*(?:"[^"]*"[^"<>]*)*\son\w+=|srcset=/i.exec(text)?.[0]).toBe(undefined);
    for (const [, address] of text.matchAll(/<(?:img|image|link)[^>]* (?:src|href)="([^"]*)"/g)) {
      expect(address).toMatch(/^data:/);
    }
    for (const [, address] of text.matchAll(/<a [^>]*href="([^"]*)"/g)) expect(address).toMatch(/^(?:#|https:\/\/)/);
  });

  it('gives every picture a text, every link a name and every figure a caption', () => {
    for (const [tag] of text.matchAll(/<img [^>]*>/g)) expect(tag).toMatch(/ alt="[^"]+"/);
    for (const [tag] of text.matchAll(/<svg [^>]*>/g)) {
      expect(tag).toMatch(/ aria-label="[^"]+"| aria-hidden="true"|^<svg x=|^<svg class="interval-row" height="20">/);
    }
    for (const [tag] of text.matchAll(/<a [^>]*><\/a>/g)) expect(tag).toMatch(/ aria-label="[^"]+"/);
    for (const [figure] of text.matchAll(/<figure.*?<\/figure>/gs)) expect(figure).toMatch(/<figcaption[^>]*>.*\w/s);
  });

  it('has each id once, and every link in the page leads to one', () => {
    const ids = Array.from(text.matchAll(/ id="([^"]*)"/g), ([, id]) => id!);
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect(id).toMatch(/^[\w.-]+$/);
    const known = new Set(ids);
    for (const [, id] of text.matchAll(/ href="#([^"]*)"/g)) expect(known).toContain(id);
  });
});

describe('inspectionPage', () => {
  it('opens with the model by its folder and file, whatever is above them', () => {
    const { record, ...rest } = sampleInspection();
    for (const file of ['/srv/runs/first/model.safetensors', 'C:\\runs\\first\\model.safetensors']) {
      const page = inspectionPage({ ...rest, record: { ...record, model: { ...record.model, file } } });
      expect(page).toContain('<p class="lead"><code>first/model.safetensors</code>, test accuracy');
    }
  });

  const seedPage = inspectionPage(sampleInspection({ images: 3 }));

  it('stays under 8 MB for the reference network and 20 images, and is the same every time', () => {
    expect(inspectionPage(sampleInspection()).length).toBeLessThan(8e6);
    expect(inspectionPage(sampleInspection({ images: 3 }))).toBe(seedPage);
  });

  it('opens with three layers and the answer', () => {
    const opening = words(section(seedPage, 'opening'));
    expect(opening).toMatch(
      /First hidden layer: relu_1 .* Middle hidden layer: relu_2 .* Last hidden layer: relu_3 .* Prediction: T-shirt\/top, 77\.4/,
    );
    expect(opening).toMatch(/26 of 32 maps are active, and \d+\s% of all values are zero/);
    expect(opening).toMatch(
      /Maps of 14 × 14 positions, 25\s% of the input’s\. Correlation with the input, \|r\|: 0\.\d\d for the most similar map/,
    );
  });

  it('opens with the most probable classes, best first', () => {
    const bars = section(seedPage, 'opening').matchAll(/<span class="bar-value">([\d.]+)/g);
    const shares = Array.from(bars, ([, share]) => Number(share));
    expect([shares.length, shares[0]]).toEqual([5, 77.4]);
    expect(shares).toEqual(shares.toSorted((a, b) => b - a));
  });

  it('shows every layer along the depth once, and one sheet a picture and scale', () => {
    const maps = section(seedPage, 'maps');
    const layers = Array.from(maps.matchAll(/<li class="maps[^"]*" id="layer-([^"]*)"/g), ([, name]) => name);
    expect(layers.join(' ')).toBe(
      'input zeroPadding2d_1 conv2d_1 relu_1 maxPooling2d_1 zeroPadding2d_2 conv2d_2 relu_2 maxPooling2d_2 dense_1 relu_3 dense_2 softmax_1',
    );
    expect(maps.match(/alt="32 maps of relu_1 for test image \d+ \([^)]*\), scaled per map"/g)?.length).toBe(3);
    expect(maps.match(/alt="32 maps of relu_1 for test image \d+ \([^)]*\), scaled per layer"/g)?.length).toBe(3);
  });

  it('has a card for every map, and marks the dead', () => {
    const maps = section(seedPage, 'maps');
    expect(maps.match(/<article class="card/g)?.length).toBe(32 + 64 + 128);
    expect(maps).toContain('href="#map-relu_1-5" class="dead" title="map 5, dead"');
    expect(words(maps)).toContain('This map is not above zero on any of 10,000 test images: it is dead');
    expect(words(maps)).toContain('– undefined: the map is dead');
    expect(words(maps)).toContain('Crossed out: 1 dead map, zero after the ReLU on all 10,000 test images.');
  });

  it('links the maps before and after a ReLU to the same cards', () => {
    const maps = section(seedPage, 'maps');
    for (const layer of ['conv2d_1', 'relu_1', 'maxPooling2d_1', 'zeroPadding2d_2']) {
      expect(maps).toContain(`href="#map-relu_1-7" class="" title="map 7" aria-label="${layer}, map 7"`);
    }
  });

  it('reports where there is no evidence for a class, and prints completeness and the warning', () => {
    const why = words(section(seedPage, 'why'));
    expect(why).toContain('No evidence for T-shirt/top. Grad-CAM at conv2d_1 zero everywhere');
    expect(why).toContain('sum 9.27, error 0.00410');
    expect(why).toContain('Warning: nearly independent of the weights');
  });

  it('says what was left out and why', () => {
    const page = inspectionPage(sampleInspection({ images: 2, dataset: false }));
    expect(words(section(page, 'numbers'))).toContain('There are no test images at hand to measure the layers on.');
    expect(words(section(page, 'about'))).toContain('Feature maps : There are no test images at hand');
    expect(page).toContain('my &lt;best&gt; shirt &amp; &quot;tie&quot;.jpg');
    expect(page).not.toContain('<article class="card');
  });
});

/** The record as a program reads it, and activations, images and filters of other values. */
function fromJson(data: SampleInspection): SampleInspection {
  const other = (values: Float32Array) => values.map((value, i) => (i % 3) - 2 * value);
  const inverted = (image: PixelImage) => ({
    ...image,
    pixels: image.pixels.map((value, i) => (255 - value) * (i % 2)),
  });
  const all = (layers: ReadonlyMap<string, Float32Array>) =>
    new Map([...layers].map(([name, values]) => [name, other(values)] as const));
  return {
    record: JSON.parse(JSON.stringify(data.record)),
    activations: data.activations.map(({ layers }) => ({ layers: all(layers) })),
    pictures: data.pictures.map(inverted),
    testPictures: (index) => {
      const image = data.testPictures(index);
      return image && inverted(image);
    },
    filters: all(data.filters),
  };
}

describe('every number of the page is in the JSON', () => {
  it.each(Object.entries(samples))('a %s', (_, make) => {
    const text = (data: SampleInspection) => inspectionPage(data).replace(/(?:;base64,)[A-Za-z0-9+/=]+/g, '');
    const data = make();
    expect(text(fromJson(data))).toBe(text(data));
  });

  it('also the verdicts on several models', () => {
    const data = sampleInspection({ images: 1 });
    const joint = overSeeds(['a', 'b'].map((model) => ({ model, claims: data.record.claims })));
    const page = inspectionPage(fromJson({ ...data, record: { ...data.record, joint } }));
    expect(page).toContain('The 2 models agree on 6 of 6 claims.');
  });

  it('since views take no measurements: they import none', () => {
    const views = fileURLToPath(new URL('.', import.meta.url));
    const sources = readdirSync(views, { recursive: true, encoding: 'utf8' }).filter((name) =>
      /(?<!\.test)\.ts$/.test(name),
    );
    expect(sources.length).toBeGreaterThan(15);
    for (const name of sources) {
      const imported = readFileSync(join(views, name), 'utf8').match(/core\/inspection\/(?:measures|analyses)\/[^']*/g);
      expect(imported, name).toBe(null);
    }
  });
});

function section(page: string, id: string): string {
  const start = page.indexOf(`<section id="${id}"`);
  return page.slice(start, page.indexOf('</section>', start));
}

/** The page's text, in one line. */
function words(page: string): string {
  return page
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .replaceAll('&#39;', "'");
}
