import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { exported, exportText, sneaker, throughCatalogue } from '../../../../test/catalogue/exports.ts';
import { readProducts } from '../../../../test/catalogue/feeds.ts';
import { emptyMapping, parseMapping } from '../mapping.ts';

const feed = 'id,title,picture,price,name,predicted_category\n=1,+2,https://s/a|b.jpg,3 EUR,@4,mine\n';

describe('writeSpreadsheet', () => {
  it('neutralises formulas, and shows tags whether accepted or not', async () => {
    const text = await throughCatalogue(feed, 'csv', 'csv', { ...sneaker, accepted: false });
    expect(parse(text, { columns: true, bom: true })).toEqual([
      {
        id: "'=1",
        item_group_id: '',
        title: "'+2",
        description: '',
        link: '',
        price: '3',
        currency: 'EUR',
        in_stock: '',
        pictures: 'https://s/a|b.jpg',
        predicted_category: 'Sneaker',
        predicted_confidence: '0.9',
        predicted_accepted: 'false',
        predicted_in_distribution: 'true',
        predicted_colours: 'red, white, black, grey',
        predicted_google_category: '187',
        predicted_google_path: 'Apparel & Accessories > Shoes',
        predicted_shopify_category: 'gid://shopify/TaxonomyCategory/aa-8-8',
        name: "'@4",
        attribute_predicted_category: 'mine',
      },
    ]);
  });

  it('takes names from a mapping', async () => {
    const products = exported(await readProducts('csv', feed), 'csv', sneaker);
    const mapping = parseMapping(
      '{"exportColumns": {"id": "Artikel", "name": "Name"}, "categories": {"Sneaker": "Turnschuhe"}}',
      'm.json',
    );
    const text = await exportText('csv', products, { mapping });
    expect(text).toMatch(/^\ufeffArtikel,item_group_id,.*,Name,attribute_predicted_category\r\n/);
    expect(text).toContain(',Turnschuhe,0.9,');
  });

  it('says which column the export does not have', async () => {
    const products = exported(await readProducts('csv', feed), 'csv');
    const mapping = { ...emptyMapping, exportColumns: { pictrues: 'Bilder' } };
    await expect(exportText('csv', products, { mapping })).rejects.toThrow(
      'exportColumns of the mapping has "pictrues", which the export does not have; did you mean "pictures"?',
    );
  });
});
