/** Height and width. */
export type Size = readonly [number, number];

/**
 * A map [h, w] resized to [H, W] bilinearly, pixel centres at ½ (PyTorch's `interpolate` with `align_corners=False`):
 * beyond the outermost centres the border's value is kept.
 */
export function resizeBilinear(map: ArrayLike<number>, [h, w]: Size, [H, W]: Size): Float64Array {
  const rows = neighbours(h, H);
  const columns = neighbours(w, W);
  return Float64Array.from({ length: H * W }, (_, i) => {
    const row = rows[Math.floor(i / W)]!;
    const column = columns[i % W]!;
    const along = (y: number) =>
      map[y * w + column.low]! * (1 - column.share) + map[y * w + column.high]! * column.share;
    return along(row.low) * (1 - row.share) + along(row.high) * row.share;
  });
}

function neighbours(from: number, to: number) {
  return Array.from({ length: to }, (_, i) => {
    const place = Math.max(0, ((i + 0.5) * from) / to - 0.5);
    const low = Math.min(Math.floor(place), from - 1);
    return { low, high: Math.min(low + 1, from - 1), share: place - low };
  });
}
