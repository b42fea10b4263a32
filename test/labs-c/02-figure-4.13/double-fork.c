/* The client is served by a grandchild, whose parent ends at once: no zombie, and no handler. APUE 8.6, Figure 8.8 */
#include "unp.h"

int main(int argc, char **argv) {
  int listenfd = Listening(argc > 1 ? atoi(argv[1]) : SERV_PORT);
  for (;;) {
    int connfd = Accept(listenfd);
    pid_t child = Fork();
    if (child == 0) {
      Close(listenfd);
      if (Fork() > 0) _exit(0);
      str_echo(connfd);
      _exit(0);
    }
    Close(connfd);
    Waitpid(child, NULL, 0);
  }
}
