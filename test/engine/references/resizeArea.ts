type ImageShape = readonly [H: number, W: number, C: number];

/** The share of the unit-spaced pixel `from` that lies between `begin` and `end`. */
function share(from: number, begin: number, end: number): number {
  return Math.max(0, Math.min(end, from + 1) - Math.max(begin, from));
}

/** One image [H, W, C] scaled down to [OH, OW, C] by averaging areas, in float64: over all pixels, most with the weight 0. */
export function resizeArea(image: ArrayLike<number>, [H, W, C]: ImageShape, OH: number, OW: number): Float64Array {
  const scaled = new Float64Array(OH * OW * C);
  const [rows, columns] = [H / OH, W / OW];
  for (let oh = 0; oh < OH; oh++)
    for (let ow = 0; ow < OW; ow++)
      for (let c = 0; c < C; c++) {
        let sum = 0;
        for (let h = 0; h < H; h++)
          for (let w = 0; w < W; w++) {
            const weight = share(h, oh * rows, (oh + 1) * rows) * share(w, ow * columns, (ow + 1) * columns);
            sum += weight * image[(h * W + w) * C + c]!;
          }
        scaled[(oh * OW + ow) * C + c] = sum / (rows * columns);
      }
  return scaled;
}
