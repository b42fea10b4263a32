/**
 * A server for clients.ts: stand-in.js pg|http. Says its port, and ends with its standard input.
 *
 * pg: as much of PostgreSQL's protocol (version 3, "Message Flow") as a client needs that asks simple questions: each is
 * answered with itself. http: each path is answered with itself.
 */
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';

function message(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

const int16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const int32 = (value: number): Buffer => Buffer.concat([int16((value >> 16) & 0xffff), int16(value & 0xffff)]);
const string = (text: string): Buffer => Buffer.from(`${text}\0`);

const AUTHENTICATION_OK = message('R', int32(0));
const READY = message('Z', Buffer.from('I'));
const TEXT_TYPE = 25;
const column = [string('answer'), int32(0), int16(0), int32(TEXT_TYPE), int16(-1 & 0xffff), int32(-1), int16(0)];

function answer(text: string): Buffer {
  const value = Buffer.from(text);
  return Buffer.concat([
    message('T', int16(1), ...column),
    message('D', int16(1), int32(value.length), value),
    message('C', string('SELECT 1')),
    READY,
  ]);
}

function serve(client: Socket): void {
  let heard = Buffer.alloc(0);
  let started = false;
  client.on('error', () => {}); // a client that was killed
  client.on('data', (data) => {
    heard = Buffer.concat([heard, data]);
    for (;;) {
      const at = started ? 1 : 0; // the first message has no type
      if (heard.length < at + 4) return;
      const length = at + heard.readInt32BE(at);
      if (heard.length < length) return;
      const type = started ? String.fromCharCode(heard[0] ?? 0) : '';
      const body = heard.subarray(at + 4, length);
      heard = heard.subarray(length);
      if (type === 'Q') client.write(answer(body.subarray(0, -1).toString()));
      else if (type === 'X') client.end();
      else if (!started) client.write(Buffer.concat([AUTHENTICATION_OK, READY]));
      started = true;
    }
  });
}

const server =
  process.argv[2] === 'pg' ? createServer(serve) : createHttpServer((asked, response) => response.end(asked.url));
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
process.stdin.resume().on('end', () => process.exit());
