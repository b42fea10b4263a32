/** What the programs need of WebAssembly: the libraries of TypeScript have it with the DOM only. */
interface WebAssemblyOfNode {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
  readonly RuntimeError: new () => Error;
  compile(bytes: Uint8Array): Promise<object>;
}

declare global {
  var WebAssembly: WebAssemblyOfNode;
}

/** (module (memory 1) (func (export "load") (param i32) (result i32) local.get 0 i32.load)) */
export const LOADER = new Uint8Array([
  ...[0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 5, 3, 1, 0, 1],
  ...[7, 8, 1, 4, 108, 111, 97, 100, 0, 0, 10, 9, 1, 7, 0, 32, 0, 40, 2, 0, 11],
]);
