/**
 * A process of its own, traced to descriptor 3: connects, waits for the end of its standard input, as str_cli does for
 * its next line (UNP Figure 5.5), then says that it sends no more (Figure 6.13), and reads until the server does too.
 *
 * Run: node client.js PORT
 */
import { calls } from '../../calls';
import { AF_INET, SHUT_WR, SOCK_STREAM, STDIN_FILENO } from '../../constants';
import { jsonSink } from '../../observe/events';
import { traced } from '../../observe/trace';
import { createUnp, MAXLINE } from '../../unp/wrappers';

const EVENTS = 3;
const { Socket, Connect, Shutdown, Read, exit, sockaddr_in } = createUnp(traced(calls, jsonSink(EVENTS)));

const sockfd = Socket(AF_INET, SOCK_STREAM, 0);
Connect(sockfd, sockaddr_in('127.0.0.1', Number(process.argv[2])));

const buf = Buffer.alloc(MAXLINE);
while (Read(STDIN_FILENO, buf) > 0);
Shutdown(sockfd, SHUT_WR);
while (Read(sockfd, buf) > 0);
exit(0);
