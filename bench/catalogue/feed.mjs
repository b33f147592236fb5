// A shop's feed made of Fashion-MNIST: every picture a product. node bench/catalogue/feed.mjs DIR [--products 70000]
import { createWriteStream, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { finished } from 'node:stream/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { encodePng } from '../../dist/core/formats/png.js';
import { loadDataset } from '../../dist/node/datasets/fashionMnist.js';

/** Writes `products` pictures in folders of 256, and feed.csv, to a folder. Prices, stock and brands follow the number. */
export async function writeFeed(folder, products) {
  const data = await loadDataset();
  const feed = createWriteStream(join(folder, 'feed.csv'));
  feed.write('id,title,price,availability,brand,image_link\n');
  let number = 0;
  for (const set of [data.train, data.test]) {
    for (let i = 0; i < set.count && number < products; i++, number++) {
      const pixels = new Uint8Array(784);
      await set.read(Uint32Array.of(i), pixels);
      const path = `pictures/${String(number >> 8).padStart(3, '0')}/${number}.png`;
      if ((number & 255) === 0) mkdirSync(join(folder, 'pictures', path.split('/')[1]), { recursive: true });
      writeFileSync(join(folder, path), encodePng({ pixels, height: 28, width: 28, channels: 1 }));
      const stock = number % 5 === 0 ? 'out of stock' : 'in stock';
      feed.write(`P${number},Product ${number},${5 + (number % 200)}.90 EUR,${stock},Brand ${number % 7},${path}\n`);
    }
  }
  feed.end();
  await finished(feed);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { products: { type: 'string', default: '70000' } },
  });
  mkdirSync(positionals[0], { recursive: true });
  await writeFeed(positionals[0], Number(values.products));
}
