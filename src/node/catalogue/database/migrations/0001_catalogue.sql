-- Everything of the catalogue is in one schema, beside the job engine's.
CREATE EXTENSION IF NOT EXISTS vector;

-- Commits of what an index follows come in the order of these numbers: whoever takes one holds an advisory lock until its end.
CREATE SEQUENCE revisions;
CREATE SEQUENCE lease_tokens;

CREATE TABLE settings (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);

-- The models that have tagged, with their files, so that each worker has them. One is active; a new one is incoming until it has
-- tagged every product.
CREATE TABLE models (
  digest text PRIMARY KEY,
  name text NOT NULL,
  file bytea NOT NULL,
  class_names jsonb NOT NULL,
  dimensions integer NOT NULL,
  state text NOT NULL CHECK (state IN ('active', 'incoming', 'former')),
  added_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX models_one_active ON models (state) WHERE state = 'active';
CREATE UNIQUE INDEX models_one_incoming ON models (state) WHERE state = 'incoming';

CREATE TABLE imports (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  source text NOT NULL,
  format text NOT NULL,
  state text NOT NULL CHECK (state IN ('reading', 'read', 'interrupted')),
  products integer NOT NULL DEFAULT 0,
  changed integer NOT NULL DEFAULT 0,
  withdrawn integer NOT NULL DEFAULT 0,
  problems integer NOT NULL DEFAULT 0,
  started_at timestamptz NOT NULL DEFAULT now(),
  read_at timestamptz
);

CREATE TABLE import_problems (
  import_id bigint NOT NULL REFERENCES imports ON DELETE CASCADE,
  line integer NOT NULL,
  product_id text NOT NULL,
  reason text NOT NULL
);
CREATE INDEX import_problems_import ON import_problems (import_id, line);

CREATE TABLE products (
  id text PRIMARY KEY,
  group_id text,
  title text NOT NULL,
  description text NOT NULL,
  link text NOT NULL,
  price_amount numeric,
  price_currency text NOT NULL,
  in_stock boolean,
  attributes jsonb NOT NULL,
  feed_format text NOT NULL,
  source jsonb NOT NULL,
  -- Where relative paths of pictures start; null where the feed may name none.
  folder text,
  content_hash text NOT NULL,
  state text NOT NULL CHECK (state IN ('waiting', 'ready', 'failed')),
  -- One sentence about what failed; empty otherwise.
  problem text NOT NULL DEFAULT '',
  withdrawn boolean NOT NULL DEFAULT false,
  import_id bigint NOT NULL,
  revision bigint NOT NULL DEFAULT nextval('revisions'),
  updated_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX products_revision ON products (revision);
CREATE INDEX products_group ON products (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX products_unfinished ON products (state) WHERE state <> 'ready';
CREATE INDEX products_attributes ON products USING gin (attributes);

-- Products that were erased, so that indexes in memory forget them.
CREATE TABLE removals (
  product_id text NOT NULL,
  revision bigint PRIMARY KEY DEFAULT nextval('revisions')
);

CREATE TABLE product_pictures (
  product_id text NOT NULL REFERENCES products ON DELETE CASCADE,
  position integer NOT NULL,
  address text NOT NULL,
  -- SHA-256 of the file as it came; null until it was read.
  digest text,
  etag text,
  last_modified text,
  problem text NOT NULL DEFAULT '',
  PRIMARY KEY (product_id, position)
);
CREATE INDEX product_pictures_digest ON product_pictures (digest);

CREATE TABLE pictures (
  digest text PRIMARY KEY,
  width integer NOT NULL,
  height integer NOT NULL,
  -- The difference hash, 64 bits as two words.
  hash_high bigint NOT NULL,
  hash_low bigint NOT NULL,
  -- 8-bit [16, 16, 3]
  fingerprint bytea NOT NULL,
  colours jsonb NOT NULL
);

-- Answers of a model for a picture.
CREATE TABLE embeddings (
  model text NOT NULL REFERENCES models ON DELETE CASCADE,
  digest text NOT NULL REFERENCES pictures ON DELETE CASCADE,
  features vector NOT NULL,
  -- Calibrated where the model is.
  probabilities jsonb NOT NULL,
  in_distribution boolean,
  PRIMARY KEY (model, digest)
);
CREATE INDEX embeddings_digest ON embeddings (digest);

CREATE TABLE tags (
  product_id text NOT NULL REFERENCES products ON DELETE CASCADE,
  model text NOT NULL REFERENCES models ON DELETE CASCADE,
  category text NOT NULL,
  confidence double precision NOT NULL,
  in_distribution boolean,
  top jsonb NOT NULL,
  colours jsonb NOT NULL,
  PRIMARY KEY (product_id, model)
);
CREATE INDEX tags_category ON tags (model, category);
-- For the order of review: the least confident first.
CREATE INDEX tags_confidence ON tags (model, confidence);

CREATE TABLE reviews (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  product_id text NOT NULL REFERENCES products ON DELETE CASCADE,
  -- The category that a person chose; it stands above every model's.
  category text NOT NULL,
  -- What the model had said.
  predicted text NOT NULL,
  reviewer text NOT NULL,
  created_at timestamptz NOT NULL DEFAULT now(),
  undone_at timestamptz,
  undone_by text
);
CREATE INDEX reviews_product ON reviews (product_id) WHERE undone_at IS NULL;

-- Pictures' bytes, where they are kept in the database rather than in a folder.
CREATE TABLE picture_files (
  digest text NOT NULL,
  kind text NOT NULL CHECK (kind IN ('original', 'thumbnail')),
  bytes bytea NOT NULL,
  PRIMARY KEY (digest, kind)
);
ALTER TABLE picture_files ALTER COLUMN bytes SET STORAGE EXTERNAL;

-- Who works on a job. A worker that has lost its lease can write nothing.
CREATE TABLE leases (
  job uuid PRIMARY KEY,
  token bigint NOT NULL,
  owner text NOT NULL,
  expires_at timestamptz NOT NULL
);
