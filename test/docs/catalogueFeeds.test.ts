import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportFormats } from '../../src/core/catalogue/exports/types.ts';
import { columnAliases } from '../../src/core/catalogue/feeds/columns.ts';
import { feedLimits } from '../../src/core/catalogue/feeds/limits.ts';
import { columnRoles, parseMapping } from '../../src/core/catalogue/mapping.ts';
import { feedFormats } from '../../src/core/catalogue/product.ts';
import { readProducts } from '../catalogue/feeds.ts';
import { root } from '../cli/selvedge.ts';

const text = readFileSync(join(root, 'docs/catalogue-feeds.md'), 'utf8');
const block = (language: string) => new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'ms').exec(text)![1]!;
const rows = text.split('\n').filter((line) => line.startsWith('| '));
const names = (row: string) => [...row.split('|')[2]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name);

it('docs/catalogue-feeds.md has feeds in CSV, JSON Lines and Google Merchant XML that are read', async () => {
  expect(await readProducts('csv', block('csv'))).toMatchObject([
    { id: 'd-1-red', group: 'd-1', inStock: true, pictures: { length: 3 }, attributes: { brand: 'Acme' } },
    { id: 'd-1-blue', title: 'Dress, blue', inStock: false, pictures: { length: 1 } },
  ]);
  expect(await readProducts('jsonl', block('jsonl'))).toMatchObject([
    { id: 'd-1-red', price: { amount: '19.90', currency: 'EUR' }, pictures: { length: 2 } },
    { id: '2', price: { amount: '21.00', currency: 'EUR' }, attributes: { colour: 'red' } },
  ]);
  expect(await readProducts('google-xml', block('xml'))).toMatchObject([{ id: 'd-1-red', inStock: true }]);
});

it('docs/catalogue-feeds.md has a mapping file that is read, and every key of one', () => {
  const mapping = parseMapping(block('json'), 'x');
  expect(mapping.categories['Bag']).toEqual({
    name: 'Taschen',
    google: 3032,
    shopify: 'gid://shopify/TaxonomyCategory/aa-5-4',
  });
  for (const key of Object.keys(mapping))
    expect(rows.filter((row) => row.startsWith(`| \`${key}\` |`))).toHaveLength(1);
  const columns = names(rows.find((row) => row.startsWith('| `columns` |'))!);
  expect(columns).toEqual([...columnRoles]);
});

it('docs/catalogue-feeds.md has every format, every name of a column and every limit', () => {
  for (const format of [...feedFormats, ...exportFormats])
    expect(rows.some((row) => row.startsWith(`| \`${format}\` |`))).toBe(true);
  const meanings = ['id', 'group', 'title', 'description', 'link', 'price', 'currency', 'in stock', 'pictures'];
  for (const [i, role] of columnRoles.entries()) {
    const row = rows.find((one) => new RegExp(`^\\| ${meanings[i]}[ :|]`).test(one))!;
    expect(names(row).filter((name) => !name!.startsWith('_'))).toEqual(columnAliases[role]);
  }
  const limits = rows
    .slice(rows.indexOf('| limit | value |') + 1)
    .map((row) => Number(/^\|[^|]+\| (\d+)/.exec(row)?.[1]));
  expect(limits.slice(0, 10)).toEqual(Object.values(feedLimits));
});
