/** Plain numbers: the reference works in float64 whatever it is given. */
export type Numbers = ArrayLike<number>;

/** Sizes of a window that slides over a picture: [N, H, W, C] → [N, OH, OW, …], window R × S, distances sy and sx. */
export interface WindowGeometry {
  readonly N: number;
  readonly H: number;
  readonly W: number;
  readonly C: number;
  readonly R: number;
  readonly S: number;
  readonly sy: number;
  readonly sx: number;
  readonly OH: number;
  readonly OW: number;
}
