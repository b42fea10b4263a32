# Linux for a class on Macs and Windows: a Node, the compiler that a checkout is built with, and the
# programs that look at processes from outside. .devcontainer/ uses it; so does
#   docker build -t realfork . && docker run --rm -it --init --cap-add=SYS_PTRACE -v "$PWD":/work realfork
# --init: who ends is reaped. SYS_PTRACE: realfork trace attaches to a process (--pid).
FROM node:22-bookworm
RUN apt-get update \
  && apt-get install -y --no-install-recommends apache2-utils iproute2 less netcat-openbsd procps strace sudo tmux \
  && rm -rf /var/lib/apt/lists/* \
  && echo 'node ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/node
USER node
WORKDIR /work
CMD ["bash"]
