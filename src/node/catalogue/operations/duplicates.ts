import { z } from 'zod';
import { type DuplicateKind, duplicateGroups } from '../../../core/catalogue/similarity/duplicates.ts';
import { nodeEngine } from '../../engine.ts';
import type { CurrentIndex } from '../similar/currentIndex.ts';
import { fingerprintsOf, type LiveIndex } from '../similar/liveIndex.ts';
import { page } from './products.ts';

const kinds = ['exact', 'near', 'sameProduct'] as const satisfies readonly DuplicateKind[];

export const duplicatesInput = z.strictObject({
  ...page,
  /** Only groups of this kind. */
  kind: z.enum(kinds).optional(),
  /** From which cosine on two pictures are taken for the same product; without it, such pictures are not looked for. */
  threshold: z.number().min(0.5).max(1).optional(),
});

/** Products that seem to be the same, and why. */
export interface ProductDuplicates {
  readonly kind: DuplicateKind;
  readonly products: readonly {
    readonly id: string;
    /** Digest of the picture that it is in the group for. */
    readonly picture: string;
    /** Why: an earlier product of the group, and what the pictures have in common; null for the first. */
    readonly because: {
      readonly id: string;
      readonly kind: DuplicateKind;
      readonly hashDistance?: number | undefined;
      readonly meanDifference?: number | undefined;
      readonly cosine?: number | undefined;
    } | null;
  }[];
}

/**
 * Groups of products with the same, nearly the same, or very similar pictures, largest groups first. Pictures of one product and of its
 * variants are no duplicates. Nothing is deleted.
 */
export function duplicatesOperation(current: CurrentIndex) {
  let last: { readonly key: string; readonly groups: readonly ProductDuplicates[] } | undefined;
  return async ({ limit, offset, kind, threshold }: z.output<typeof duplicatesInput>) => {
    const index = await current.get();
    const key = `${index.model.digest} ${index.revision} ${threshold}`;
    if (last?.key !== key) last = { key, groups: await groupsOf(index, threshold) };
    const groups = kind === undefined ? last.groups : last.groups.filter((group) => group.kind === kind);
    return { total: groups.length, groups: groups.slice(offset, offset + limit) };
  };
}

async function groupsOf(index: LiveIndex, threshold: number | undefined): Promise<ProductDuplicates[]> {
  const products = [...index.all()].sort((a, b) => (a.id < b.id ? -1 : 1));
  const rows = products.flatMap((product) => product.rows);
  // Variants count as one product.
  const owners = new Map<string, number>();
  const owner = rows.map((row) => {
    const { id, group } = index.source.productOf(row);
    const key = group === null ? `product ${id}` : `group ${group}`;
    if (!owners.has(key)) owners.set(key, owners.size);
    return owners.get(key)!;
  });
  const { dimensions } = index.vectors;
  const groups = duplicateGroups(await nodeEngine(), {
    digests: rows.map(index.source.digestOf),
    fingerprints: fingerprintsOf(index.fingerprints, rows),
    owners: owner,
    ...(threshold !== undefined && {
      embeddings: { vectors: vectorsOf(index, rows, dimensions), dimensions, threshold },
    }),
  });
  const idOf = (picture: number) => index.source.productOf(rows[picture]!).id;
  return groups
    .map(({ kind, members, evidence }) => ({
      kind,
      products: members.map((picture, i) => {
        const { picture: _, earlier, ...why } = i === 0 ? { picture, earlier: picture } : evidence[i - 1]!;
        return {
          id: idOf(picture),
          picture: index.source.digestOf(rows[picture]!),
          because: 'kind' in why ? { id: idOf(earlier), ...why } : null,
        };
      }),
    }))
    .sort((a, b) => b.products.length - a.products.length);
}

function vectorsOf({ vectors }: LiveIndex, rows: readonly number[], dimensions: number): Float32Array {
  const all = new Float32Array(rows.length * dimensions);
  for (const [i, row] of rows.entries()) all.set(vectors.vector(row), i * dimensions);
  return all;
}
