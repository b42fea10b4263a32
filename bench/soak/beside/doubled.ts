/** For a thread of piscina's. */
export default (value: number): number => value * 2;
