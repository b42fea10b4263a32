/**
 * A server with a child for each client, for which a worker of V8's is just compiling a function when it begins to serve.
 *
 *   node --allow-natives-syntax --trace-opt late-code.js
 *
 * Writes "listening PORT" before that; V8 writes who has put the code in its place.
 */
import { AF_INET, alarm, createForkingServer, read, STDOUT_FILENO, write } from 'realfork';

/** So long that it is still being compiled when the first client comes. */
const statements = Array.from({ length: 400 }, (_none, at) => `x = (x * ${at + 3} + ${at}) % 1000003;`).join('\n');
const late = new Function('x', `${statements}\nreturn x;`) as (x: number) => number;
const compile = new Function(
  'late',
  '%PrepareFunctionForOptimization(late); late(1); late(2); %OptimizeFunctionOnNextCall(late, "concurrent"); late(3);',
) as (f: typeof late) => void;

alarm(60);
createForkingServer({
  listen: { family: AF_INET, address: '127.0.0.1', port: 0 },
  log(event) {
    if (event.event !== 'listening') return;
    write(STDOUT_FILENO, `listening ${event.address.split(':').at(-1)}\n`);
    compile(late);
  },
  doit(connfd) {
    const buffer = Buffer.alloc(4096);
    for (let n = read(connfd, buffer); n > 0; n = read(connfd, buffer)) write(connfd, buffer, n);
  },
}).run();
