/** CIELAB of sRGB colours, from portable arithmetic alone: names and clusters are decided by it. */
import { exp, log } from '../../engine/portable.ts';

/** L* from 0 to 100, a* and b*: CIE 1976, D65, 2°. */
export type Lab = readonly [L: number, a: number, b: number];

/** X, Y and Z of the white point D65. */
const white = [0.95047, 1, 1.08883] as const;
/** (6 ÷ 29)³, below which the cube root becomes a line. */
const knee = 216 / 24389;
const slope = 24389 / 27;

/** Linear light of an 8-bit sRGB value (IEC 61966-2-1). */
const linear = Float64Array.from({ length: 256 }, (_, value) => {
  const share = value / 255;
  return share <= 0.04045 ? share / 12.92 : exp(2.4 * log((share + 0.055) / 1.055));
});

/** Of 8-bit sRGB values. */
export function labOf(red: number, green: number, blue: number): Lab {
  const [r, g, b] = [linear[red]!, linear[green]!, linear[blue]!];
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / white[0]);
  const y = f((0.2126729 * r + 0.7151522 * g + 0.072175 * b) / white[1]);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / white[2]);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** `#rrggbb` of the nearest 8-bit sRGB colour; outside sRGB each channel is cut off. */
export function hexOf([L, a, b]: Lab): string {
  const fy = (L + 16) / 116;
  const x = white[0] * inverse(fy + a / 500);
  const y = white[1] * inverse(fy);
  const z = white[2] * inverse(fy - b / 200);
  const channels = [
    3.2404542 * x - 1.5371385 * y - 0.4985314 * z,
    -0.969266 * x + 1.8760108 * y + 0.041556 * z,
    0.0556434 * x - 0.2040259 * y + 1.0572252 * z,
  ];
  return `#${channels.map((light) => companded(light).toString(16).padStart(2, '0')).join('')}`;
}

/** The squared distance of two colours, ΔE*ab². */
export function squaredDistance(one: Lab, other: Lab): number {
  const [L, a, b] = [one[0] - other[0], one[1] - other[1], one[2] - other[2]];
  return L * L + a * a + b * b;
}

/** The angle of (a*, b*) in degrees, from 0 (red) over 90 (yellow) to below 360. */
export function hueOf([, a, b]: Lab): number {
  if (a === 0 && b === 0) return 0;
  const [x, y] = [Math.abs(a), Math.abs(b)];
  const small = arctangent(Math.min(x, y) / Math.max(x, y));
  const first = y > x ? 90 - small : small;
  const upper = a < 0 ? 180 - first : first;
  return b < 0 ? 360 - upper : upper;
}

/** In degrees, of 0 to 1: two halvings of the angle, then the series. */
function arctangent(tangent: number): number {
  let t = tangent;
  for (let halving = 0; halving < 2; halving++) t /= 1 + Math.sqrt(1 + t * t);
  const square = t * t;
  let sum = 0;
  for (let n = 12; n >= 0; n--) sum = 1 / (2 * n + 1) - sum * square;
  return (4 * t * sum * 180) / Math.PI;
}

function f(t: number): number {
  return t > knee ? cubeRoot(t) : (slope * t + 16) / 116;
}

function inverse(value: number): number {
  const cube = value * value * value;
  return cube > knee ? cube : (116 * value - 16) / slope;
}

/** By Halley's iteration, of values from 0.008 to 1.1. */
function cubeRoot(t: number): number {
  let root = 0.35 + 0.65 * t;
  for (let step = 0; step < 4; step++) {
    const cube = root * root * root;
    root *= (cube + 2 * t) / (2 * cube + t);
  }
  return root;
}

function companded(light: number): number {
  const share = light <= 0.0031308 ? 12.92 * light : 1.055 * exp(log(light) / 2.4) - 0.055;
  return Math.min(255, Math.max(0, Math.floor(255 * share + 0.5)));
}
