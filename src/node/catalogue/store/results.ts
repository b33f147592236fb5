import type { DominantColour } from '../../../core/catalogue/tags/dominantColours.ts';
import type { Fingerprint } from '../../../core/data/pictures/fingerprint.ts';
import type { Queryable } from '../database/database.ts';
import { orderRevisions } from './products.ts';

/** What became of one picture of a product. */
export interface PictureResult {
  readonly position: number;
  readonly address: string;
  readonly digest: string | null;
  readonly etag: string | null;
  readonly lastModified: string | null;
  readonly problem: string;
}

/** A picture that was decoded. */
export interface DecodedPicture {
  readonly digest: string;
  readonly width: number;
  readonly height: number;
  readonly fingerprint: Fingerprint;
  readonly colours: readonly DominantColour[];
}

/** A model's answer for one picture. */
export interface PictureEmbedding {
  readonly digest: string;
  /** L2-normalised. */
  readonly features: Float32Array;
  readonly probabilities: Float32Array;
  readonly inDistribution: boolean | null;
}

export interface ProductResult {
  readonly id: string;
  readonly pictures: readonly PictureResult[];
  /** Null where no picture could be used; `problem` says why. */
  readonly tags: {
    readonly category: string;
    readonly confidence: number;
    readonly inDistribution: boolean | null;
    readonly top: readonly { readonly name: string; readonly probability: number }[];
    readonly colours: readonly { readonly name: string; readonly share: number; readonly hex: string }[];
  } | null;
  readonly problem: string;
}

/** Which of the pictures a model has answered for. */
export async function embeddedDigests(
  database: Queryable,
  model: string,
  digests: readonly string[],
): Promise<Set<string>> {
  const rows = await database.query<{ digest: string }>(
    'SELECT digest FROM embeddings WHERE model = $1 AND digest = ANY($2::text[])',
    [model, digests],
  );
  return new Set(rows.map(({ digest }) => digest));
}

/** Answers that are stored already, and the pictures' colours, by digest. */
export async function storedEmbeddings(
  database: Queryable,
  model: string,
  digests: readonly string[],
): Promise<Map<string, Pick<PictureEmbedding, 'probabilities' | 'inDistribution'> & Pick<DecodedPicture, 'colours'>>> {
  const rows = await database.query<{
    digest: string;
    probabilities: number[];
    inDistribution: boolean | null;
    colours: DominantColour[];
  }>(
    `SELECT e.digest, e.probabilities, e.in_distribution AS "inDistribution", p.colours
     FROM embeddings e JOIN pictures p ON p.digest = e.digest WHERE e.model = $1 AND e.digest = ANY($2::text[])`,
    [model, digests],
  );
  return new Map(
    rows.map(({ digest, probabilities, inDistribution, colours }) => [
      digest,
      { probabilities: Float32Array.from(probabilities), inDistribution, colours },
    ]),
  );
}

/**
 * Writes what a batch of products has become. Repeating it changes nothing.
 * @param isNew whether the products' pictures were read; otherwise another model has tagged what was known
 */
export async function writeResults(
  transaction: Queryable,
  model: string,
  decoded: readonly DecodedPicture[],
  embeddings: readonly PictureEmbedding[],
  products: readonly ProductResult[],
  isNew: boolean,
): Promise<void> {
  await orderRevisions(transaction);
  await transaction.query(
    `INSERT INTO pictures (digest, width, height, hash_high, hash_low, fingerprint, colours)
     SELECT digest, width, height, high, low, decode(fingerprint, 'base64'), colours FROM jsonb_to_recordset($1::jsonb)
       AS x(digest text, width integer, height integer, high bigint, low bigint, fingerprint text, colours jsonb)
     ON CONFLICT (digest) DO NOTHING`,
    [
      JSON.stringify(
        decoded.map(
          ({
            digest,
            width,
            height,
            fingerprint: {
              hash: [high, low],
              thumbnail,
            },
            colours,
          }) => ({
            digest,
            width,
            height,
            high,
            low,
            fingerprint: Buffer.from(thumbnail).toString('base64'),
            colours,
          }),
        ),
      ),
    ],
  );
  await transaction.query(
    `INSERT INTO embeddings (model, digest, features, probabilities, in_distribution)
     SELECT $1, digest, features::vector, probabilities, known FROM jsonb_to_recordset($2::jsonb)
       AS x(digest text, features text, probabilities jsonb, known boolean)
     ON CONFLICT (model, digest) DO NOTHING`,
    [
      model,
      JSON.stringify(
        embeddings.map(({ digest, features, probabilities, inDistribution }) => ({
          digest,
          features: `[${Array.from(features, (value) => value.toPrecision(9)).join(',')}]`,
          probabilities: Array.from(probabilities),
          known: inDistribution,
        })),
      ),
    ],
  );
  const tagged = products.flatMap(({ id, tags }) => (tags ? [{ id, ...tags }] : []));
  await transaction.query(
    `INSERT INTO tags (product_id, model, category, confidence, in_distribution, top, colours)
     SELECT x.id, $1, category, confidence, "inDistribution", top, x.colours FROM jsonb_to_recordset($2::jsonb)
       AS x(id text, category text, confidence double precision, "inDistribution" boolean, top jsonb, colours jsonb)
     JOIN products p ON p.id = x.id
     ON CONFLICT (product_id, model) DO UPDATE SET category = excluded.category, confidence = excluded.confidence,
       in_distribution = excluded.in_distribution, top = excluded.top, colours = excluded.colours`,
    [model, JSON.stringify(tagged)],
  );
  if (!isNew) return;
  await transaction.query(
    `UPDATE product_pictures p SET digest = x.digest, etag = x.etag, last_modified = x."lastModified", problem = x.problem
     FROM jsonb_to_recordset($1::jsonb)
       AS x(id text, position integer, address text, digest text, etag text, "lastModified" text, problem text)
     WHERE p.product_id = x.id AND p.position = x.position AND p.address = x.address`,
    [JSON.stringify(products.flatMap(({ id, pictures }) => pictures.map((picture) => ({ id, ...picture }))))],
  );
  await transaction.query(
    `UPDATE products p SET state = CASE WHEN x.problem = '' THEN 'ready' ELSE 'failed' END, problem = x.problem,
       revision = nextval('revisions'), updated_at = now()
     FROM jsonb_to_recordset($1::jsonb) AS x(id text, problem text) WHERE p.id = x.id`,
    [JSON.stringify(products.map(({ id, problem }) => ({ id, problem })))],
  );
}
