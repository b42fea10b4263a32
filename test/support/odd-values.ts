/** Values that a program with types would not give as arguments, and a way to draw from them. */
import { AF_INET, AF_UNIX } from 'realfork/c';

export function detached(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}

export const ODD: readonly unknown[] = [
  ...[
    undefined,
    null,
    true,
    false,
    '',
    'x',
    'a\0b',
    'x'.repeat(10_000),
    '→',
    '\ud800',
    1n,
    -1n,
    Symbol('s'),
    Symbol.iterator,
  ],
  ...[0, -0, 1, 2, 3, -1, 17, 255, 65_536, 0.5, -0.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  ...[2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 32, 2 ** 53, 2 ** 63, 1e308, Number.MIN_VALUE],
  ...[
    () => {},
    class {},
    function* () {},
    async () => {},
    new Date(0),
    /x/,
    new Map(),
    new Set([1]),
    new Error('x'),
    Promise.resolve(),
  ],
  ...[
    {},
    [],
    [1],
    [[]],
    [undefined],
    new Array(5),
    [0],
    [1.5],
    ['x'],
    [65],
    Array(10_000).fill(1),
    Object.create(null),
  ],
  ...[new Proxy({}, {}), new Proxy([], {}), new Proxy(() => {}, {}), new Proxy({}, { get: () => 1 })],
  new Proxy(
    {},
    {
      get() {
        throw new Error('of the proxy');
      },
    },
  ),
  ...[{ family: AF_INET }, { family: AF_INET, address: 'x', port: 1 }, { family: AF_UNIX, path: 'x'.repeat(200) }],
  ...[
    { family: AF_UNIX, path: 5 },
    { family: -1 },
    { family: 0.5, address: '::' },
    { family: AF_INET, address: '', port: {} },
  ],
  ...[{ tv_sec: -1, tv_usec: 0 }, { tv_sec: 'x' }, { l_onoff: 2 ** 40 }, { rlim_cur: -1, rlim_max: 2 }, { handler: 5 }],
  ...[
    { handler: () => {}, mask: [0] },
    { handler: () => {}, flags: {} },
    { handler: {}, mask: 'x' },
  ],
  ...[
    new ArrayBuffer(4),
    new SharedArrayBuffer(4),
    new Uint8Array(0),
    new Uint8Array(4),
    new Float64Array(2),
    new BigInt64Array(2),
  ],
  ...[new DataView(new ArrayBuffer(3), 1), Buffer.alloc(3), new Uint8Array(new SharedArrayBuffer(3)), detached()],
  ...[
    Object.freeze({}),
    Object.freeze([1]),
    globalThis,
    process,
    Math,
    WeakMap,
    new WeakRef({}),
    new Proxy(new Uint8Array(2), {}),
  ],
];

/** A generator of numbers below `bound` that gives the same ones every time. Knuth, TAOCP 2, 3.3.4 */
export function sequence(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % bound;
  };
}
