/** Closes all that is open: standard output, what its events go to, Node's own descriptors. Then it waits for ever. */
import { close, pause } from 'realfork/c';

for (let fd = 0; fd < 1024; ++fd) close(fd);
for (;;) pause();
