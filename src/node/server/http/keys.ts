import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { SelvedgeError } from '../../../core/errors.ts';
import { httpError } from '../errors.ts';
import { type Role, role } from './roles.ts';

/** The valid names of keys. Logs show them. */
export const keyName = /^[\w.@ -]{1,64}$/;

/**
 * One API key as it is stored. The key itself is `selvedge_ID_SECRET` with a secret of 256 random bits. A single salted SHA-256 of
 * so long a secret cannot be inverted; slow hashes are for passwords that people choose.
 */
const keySchema = z.object({
  name: z.string().regex(keyName),
  id: z.string().regex(/^[0-9a-f]{12}$/),
  salt: z.string().regex(/^[0-9a-f]{32}$/),
  /** SHA-256 of salt and secret. */
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  /** Requests per second, on average. */
  rate: z.number().positive(),
  /** In a catalogue. Keys from before roles read. */
  role: role.default('read'),
  created: z.string(),
});
const fileSchema = z.object({ format: z.literal('selvedge-keys'), version: z.literal(1), keys: z.array(keySchema) });

export type StoredKey = z.infer<typeof keySchema>;

/**
 * Reads a file of keys.
 * @throws SelvedgeError 'missing-file' or 'bad-data'
 */
export async function readKeys(file: string): Promise<StoredKey[]> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    const what =
      cause.code === 'ENOENT' ? `There is no file of keys at ${file}` : `${file} cannot be read (${cause.code})`;
    throw new SelvedgeError('missing-file', `${what}; make one with 'selvedge keys add NAME --file FILE'.`, { cause });
  });
  const broken = (what: string, cause: unknown) =>
    new SelvedgeError(
      'bad-data',
      `${file} is not a file of keys: ${what}; name another file, or delete this one and create the keys again.`,
      { cause },
    );
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw broken('it is not JSON', cause);
  }
  const parsed = fileSchema.safeParse(json);
  if (parsed.success) return parsed.data.keys;
  const [issue] = parsed.error.issues;
  throw broken(`at ${issue!.path.join('.') || 'its top'}, ${issue!.message}`, parsed.error);
}

/** The text of a file that holds these keys. */
export function writeKeys(keys: readonly StoredKey[]): string {
  return `${JSON.stringify({ format: 'selvedge-keys', version: 1, keys }, null, 2)}\n`;
}

/** A new key: what is stored, and the key itself, which cannot be recovered later. */
export function makeKey(
  name: string,
  rate: number,
  created: Date,
  role: Role = 'read',
): { stored: StoredKey; key: string } {
  const id = randomBytes(6).toString('hex');
  const salt = randomBytes(16).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const stored = {
    name,
    id,
    salt,
    hash: digest(salt, secret).toString('hex'),
    rate,
    role,
    created: created.toISOString(),
  };
  return { stored, key: `selvedge_${id}_${secret}` };
}

/** The keys that a service accepts. */
export interface KeyRing {
  /**
   * The name and role of a request's key, in `Authorization: Bearer KEY` or `X-API-Key: KEY`.
   * @throws HttpError 'key-missing', 'key-unknown' or 'over-rate'
   */
  admit(headers: {
    readonly authorization?: string | undefined;
    readonly 'x-api-key'?: string | string[] | undefined;
  }): Pick<StoredKey, 'name' | 'role'>;
  /** Replaces the keys; those that stay keep what they have used of their rate. */
  replace(keys: readonly StoredKey[]): void;
}

interface Entry {
  readonly stored: StoredKey;
  readonly hash: Buffer;
  /** Requests that may be made at once: those of one second at most. */
  tokens: number;
  at: number;
}

const keyShape = /^selvedge_([0-9a-f]{12})_([\w-]{43})$/;
/** Compared with where no key has the id, so that both cases take the same time. */
const absent = { salt: '0'.repeat(32), hash: Buffer.alloc(32) };

export function createKeyRing(keys: readonly StoredKey[]): KeyRing {
  let entries = new Map<string, Entry>();
  const replace = (stored: readonly StoredKey[]) => {
    const now = performance.now();
    entries = new Map(
      stored.map((key) => {
        const fresh = { stored: key, hash: Buffer.from(key.hash, 'hex'), tokens: burst(key), at: now };
        const before = entries.get(key.id);
        return [key.id, before?.stored.hash === key.hash ? { ...before, stored: key } : fresh];
      }),
    );
  };
  replace(keys);
  return {
    replace,
    admit(headers) {
      const given = givenKey(headers);
      if (given === undefined) {
        throw httpError('key-missing', "This service requires an API key: send it as 'Authorization: Bearer KEY'.");
      }
      const [, id = '', secret = ''] = keyShape.exec(given) ?? [];
      const entry = entries.get(id);
      const same = timingSafeEqual(digest(entry?.stored.salt ?? absent.salt, secret), entry?.hash ?? absent.hash);
      if (!entry || !same) throw httpError('key-unknown', 'This API key is not one of the keys of this service.');
      spend(entry);
      return entry.stored;
    },
  };
}

/** A token bucket: refilled at the key's rate, full with the requests of one second. */
function spend(entry: Entry): void {
  const { rate, name } = entry.stored;
  const now = performance.now();
  entry.tokens = Math.min(burst(entry.stored), entry.tokens + ((now - entry.at) / 1000) * rate);
  entry.at = now;
  if (entry.tokens < 1) {
    const sentence = `The key '${name}' is limited to ${rate} requests a second: ask again a little later.`;
    throw httpError('over-rate', sentence, { retryAfterMs: ((1 - entry.tokens) / rate) * 1000 });
  }
  entry.tokens--;
}

function burst({ rate }: StoredKey): number {
  return Math.max(1, rate);
}

function givenKey(headers: Parameters<KeyRing['admit']>[0]): string | undefined {
  const own = headers['x-api-key'];
  if (typeof own === 'string') return own;
  return /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1];
}

function digest(salt: string, secret: string): Buffer {
  return createHash('sha256').update(salt).update(secret).digest();
}
