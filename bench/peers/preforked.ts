/**
 * A preforked echo server without a lock around accept: Stevens, UNP Figures 30.9 to 30.12, as `realfork serve preforked`.
 *
 *   preforked CHILDREN LIMIT
 *
 * Prints "listening PORT" once clients can connect. The same program as preforked.c.
 */
import { AF_INET, STDOUT_FILENO } from 'realfork';
import * as unp from 'realfork/unp';
import { announce } from '#src/servers/policy.js';
import { preforked } from '#src/servers/preforked/index.js';

const [children = 0, limit = 0] = process.argv.slice(2).map(Number);
const saysPort = announce(undefined, (address) => {
  unp.Writen(STDOUT_FILENO, `listening ${'port' in address ? address.port : ''}\n`);
});

unp.alarm(limit);
preforked(saysPort(unp), { family: AF_INET, address: '127.0.0.1', port: 0 }, unp.str_echo, { children });
